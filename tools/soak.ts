import { parseArgs } from 'node:util'
import { killOnCluster } from './soak/cluster.ts'
import { faults } from './soak/faults.ts'
import { killRepeatedly } from './soak/kills.ts'

/**
 * `npm run soak -- [--commits 40] [--kills 50] [--seed 7] [--latest 30] [--cluster 15] [--failing 5000]`: real
 * measurements of cheap commits while processes are killed at random moments, here and on a Slurm of three nodes, then
 * other faults. Takes an hour or more; fails when anything was lost, repeated, left half-made or came out otherwise.
 */
const { values } = parseArgs({
  options: {
    commits: { type: 'string', default: '40' },
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '7' },
    /** No kill comes later than so many seconds after the start of its run */
    latest: { type: 'string', default: '30' },
    /** Kills of Nx, the controller or a node while a cluster measures 6 commits */
    cluster: { type: 'string', default: '15' },
    /** Commits of the run of which a tenth fails */
    failing: { type: 'string', default: '5000' },
  },
})
const { disturbances, ...problems } = await killRepeatedly({
  commits: Number(values.commits),
  kills: Number(values.kills),
  seed: Number(values.seed),
  latestSeconds: Number(values.latest),
  log: console.log,
})
const hits = disturbances.filter(({ killed }) => killed > 0).length
console.log(`killed in ${hits} of ${disturbances.length} runs: ${JSON.stringify(problems)}`)
let failed = Object.values(problems).some((list) => list.length > 0)
const kills = Number(values.cluster)
const rest = { seed: Number(values.seed), latestSeconds: Number(values.latest), log: console.log }
const onCluster = kills > 0 ? await killOnCluster({ commits: 6, kills, ...rest }) : undefined
if (onCluster === undefined) console.log('on a cluster: not run')
else {
  const { disturbances: rounds, ...wrong } = onCluster
  console.log(`on a cluster, ${rounds.length} rounds: ${JSON.stringify(wrong)}`)
  failed ||= Object.values(wrong).some((list) => list.length > 0)
}
for (const fault of faults(Number(values.failing))) {
  try {
    console.log(`${fault.name}: ${await fault.run()}`)
  } catch (error) {
    failed = true
    console.error(`${fault.name}: FAILED: ${error instanceof Error ? error.message : String(error)}`)
  }
}
process.exitCode = failed ? 1 : 0
