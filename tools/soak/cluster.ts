import { setTimeout as sleep } from 'node:timers/promises'
import { randomNumbers } from '../../test/support/runs.ts'
import type { NxResult } from '../../test/support/workspace.ts'
import { type SlurmSandbox, createSlurmSandbox, hasSlurm } from '../../test/support/slurm-sandbox.ts'
import { forgetNxCache } from './disturbance.ts'
import { finish } from './kills.ts'
import { differences, lostRuns, readOutputs, readRuns, unmeasured } from './store-state.ts'
import { type SoakWorkspace, createSoakWorkspace, measurementSettings } from './workspace.ts'

/** What a fault run on a cluster showed; but for the disturbances, every list must be empty. */
export interface ClusterReport {
  readonly disturbances: readonly string[]
  /** Measurements that are gone or were repeated */
  readonly lost: readonly string[]
  /** Rounds that did not come to their end, or gave Slurm more arrays than there were runs of Nx */
  readonly wrong: readonly string[]
  /** Outputs that the disturbed cache and a fresh cache over the same store do not share byte for byte */
  readonly unlikeFreshCache: readonly string[]
  /** Outputs that measure nothing and differ from those of a workspace that measures here and that nobody disturbed */
  readonly unlikeUndisturbed: readonly string[]
}

const victims = ['nx', 'controller', 'node'] as const
const nodes = ['n1', 'n2', 'n3']
const everything = ['run-many', '-t', 'assemble', '--batch']

/**
 * Measures all commits anew in each round, as one array on a real Slurm, while Nx, slurmctld or a node dies at a random
 * moment: Nx is started again, the controller and the node come back. Undefined where the machine has no Slurm.
 */
export async function killOnCluster(options: {
  readonly commits: number
  readonly kills: number
  readonly seed: number
  /** No kill comes later than this after the start of its run */
  readonly latestSeconds: number
  readonly log: (line: string) => void
}): Promise<ClusterReport | undefined> {
  if (!hasSlurm) return undefined
  const random = randomNumbers(options.seed)
  const cluster = await createSlurmSandbox(nodes.length)
  const [soak, undisturbed] = await Promise.all([onCluster(options.commits), createSoakWorkspace(options.commits)])
  const disturbances: string[] = []
  const lost: string[] = []
  const wrong: string[] = []
  try {
    for (let round = 1; round <= options.kills; round++) {
      await measureAnew([soak, undisturbed], round)
      const before = { runs: await readRuns(soak.storeDirectory), arrays: await arraysOf(cluster) }
      const victim = victims[Math.floor(random() * victims.length)]!
      const seconds = 1 + random() * (options.latestSeconds - 1)
      const { hit, runs, failed } = await disturb(cluster, soak, victim, seconds, random)
      const after = await readRuns(soak.storeDirectory)
      const arrays = (await arraysOf(cluster)) - before.arrays
      lost.push(...lostRuns(before.runs, after))
      if (failed !== undefined) wrong.push(`round ${round}: ${failed}`)
      if (arrays < 1 || arrays > runs) wrong.push(`round ${round}: ${arrays} arrays of ${runs} runs`)
      disturbances.push(`${victim} after ${seconds.toFixed(1)} s, tasks running: ${hit}`)
      options.log(
        `cluster, kill ${round} of ${options.kills}: ${disturbances.at(-1)}, arrays: ${arrays}, runs: ${runs}`,
      )
    }
    return { disturbances, lost, wrong, ...(await compare(cluster, soak, undisturbed)) }
  } finally {
    await cluster.remove() // first, as its tasks write into the workspace
    await Promise.all([soak.workspace.remove(), undisturbed.workspace.remove()])
  }
}

async function onCluster(commits: number): Promise<SoakWorkspace> {
  const soak = await createSoakWorkspace(commits)
  await soak.workspace.write('commits/soak/runner.yaml', 'kind: slurm\ncpus: 1\nmemory: 500M\npoll_seconds: 0.5\n')
  return soak
}

async function measureAnew(workspaces: readonly SoakWorkspace[], session: number): Promise<void> {
  const text = `${measurementSettings}session: ${session}\n`
  for (const { workspace } of workspaces) await workspace.write('commits/soak/measurement.yaml', text)
}

/**
 * Started again is a run of which Nx was killed, or of which Slurm failed tasks: a controller that dies before it has saved
 * what it launched launches it again, and fails or holds it. What is held is released and a drained node resumed, as an
 * operator does.
 * @returns how many tasks ran on the cluster at the kill, how often Nx was started, and what went wrong
 */
async function disturb(
  cluster: SlurmSandbox,
  { workspace }: SoakWorkspace,
  victim: (typeof victims)[number],
  seconds: number,
  random: () => number,
): Promise<{ readonly hit: number; readonly runs: number; readonly failed: string | undefined }> {
  const running = workspace.startNx(everything, { SLURM_CONF: cluster.configuration })
  const isOver = await Promise.race([sleep(1000 * seconds, false), running.ended.then(() => true)])
  const hit = (await squeue(cluster, '--states=running', '--array')).length
  const node = nodes[Math.floor(random() * nodes.length)]!
  if (!isOver && victim === 'nx') await running.kill()
  if (victim === 'controller') {
    await cluster.killController()
    await sleep(5000 * random())
    await cluster.startController()
  }
  if (victim === 'node') {
    await cluster.lose(node)
    await cluster.return(node)
  }
  let last: Pick<NxResult, 'exitCode' | 'output'> = await operated(cluster, running.ended)
  let runs = 1
  for (; last.exitCode !== 0 && runs < 3; runs++) {
    last = await operated(cluster, workspace.nx(everything, { SLURM_CONF: cluster.configuration }))
  }
  const failed = last.exitCode === 0 ? undefined : `exit ${last.exitCode}: ${last.output.slice(-1500)}`
  return { hit, runs, failed }
}

/** Waits, and meanwhile lets go on what Slurm has stopped. */
async function operated<Result>(cluster: SlurmSandbox, ending: Promise<Result>): Promise<Result> {
  for (;;) {
    const held = await squeue(cluster, '--states=pending', '--array', '--format=%i %r')
    for (const [task] of held.filter((line) => /held/i.test(line)).map((line) => line.split(' ')))
      await cluster.slurm('scontrol', 'release', task!)
    const states = (await cluster.slurm('sinfo', '--noheader', '--Node', '--partition=gpu', '--format=%N %T')).split(
      '\n',
    )
    for (const [node] of states.filter((line) => /drained/.test(line)).map((line) => line.split(' ')))
      await cluster.slurm('scontrol', 'update', `NodeName=${node}`, 'State=RESUME')
    const isOver = await Promise.race([sleep(2000, false), ending.then(() => true)])
    if (isOver) return ending
  }
}

/** How many arrays Slurm has been given. */
async function arraysOf(cluster: SlurmSandbox): Promise<number> {
  return new Set(await squeue(cluster, '--states=all', '--format=%F')).size
}

async function squeue(cluster: SlurmSandbox, ...args: string[]): Promise<string[]> {
  const lines = (await cluster.slurm('squeue', '--noheader', ...args)).split('\n')
  return lines.map((line) => line.trim()).filter((line) => line !== '')
}

async function compare(cluster: SlurmSandbox, soak: SoakWorkspace, undisturbed: SoakWorkspace) {
  const folders = [...soak.commits, 'datasets/soak']
  const finished = await readOutputs(soak.workspace.directory, folders)
  await forgetNxCache(soak)
  await finish(soak, ['--batch'], { SLURM_CONF: cluster.configuration })
  const fresh = await readOutputs(soak.workspace.directory, folders)
  await finish(undisturbed, ['--batch'])
  const other = await readOutputs(undisturbed.workspace.directory, folders)
  return {
    unlikeFreshCache: differences(finished, fresh),
    unlikeUndisturbed: differences(finished, other).filter((path) => unmeasured.test(path)),
  }
}
