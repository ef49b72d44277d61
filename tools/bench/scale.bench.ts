import type { Measure } from './measure.ts'
import { largeMeasures, nxMeasures } from './scale/nx-measures.ts'
import { type PeerTimes, timePeer } from './scale/peer-run.ts'
import { dvc } from './scale/peers/dvc.ts'
import { make, makeInProcess, makeWithNode } from './scale/peers/make.ts'
import { ninja, ninjaWithNode } from './scale/peers/ninja.ts'
import { snakemake } from './scale/peers/snakemake.ts'
import { turbo } from './scale/peers/turbo.ts'
import { wireit } from './scale/peers/wireit.ts'
import { temporaryFolder } from './scale/temporary-folder.ts'
import { slurmMeasures } from './slurm.ts'

const peers = [ninja, ninjaWithNode, make, makeWithNode, makeInProcess, turbo, wireit, snakemake]

/** The goals are those of 1,000; a smaller number tries the whole quickly, and then no goal means anything. */
const commits = Number(process.env['ISOBENCH_BENCH_COMMITS'] ?? 1000)

/** What the engine costs: Nx with our plugin over trivial stages, beside Nx with an empty plugin and other build tools. */
export async function* measures(): AsyncGenerator<Measure> {
  yield await temporaryFolder('at the start')
  const times: PeerTimes[] = []
  for (const peer of peers) times.push(await timePeer(peer, commits))
  // A tenth of the commits already takes it ten times as long as the others take for all.
  times.push({ ...(await timePeer(dvc, Math.ceil(commits / 10))), name: 'DVC with a tenth of the commits' })
  const baseline = yield* nxMeasures(commits, times)
  yield* largeMeasures(5 * commits, baseline)
  yield await temporaryFolder('after the largest workspaces')
  yield* slurmMeasures()
}
