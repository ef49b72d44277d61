import { randomNumbers } from '../../test/support/runs.ts'
import type { NxResult } from '../../test/support/workspace.ts'
import { type Disturbance, disturb, forgetNxCache } from './disturbance.ts'
import { differences, halfMadeEnvironments, lostRuns, readOutputs, readRuns, unmeasured } from './store-state.ts'
import { type SoakWorkspace, createSoakWorkspace } from './workspace.ts'

/** What the fault run showed; every list must be empty. */
export interface KillReport {
  readonly disturbances: readonly Disturbance[]
  /** Measurements that are gone or were repeated, also by the runs after the disturbances */
  readonly lost: readonly string[]
  readonly halfMade: readonly string[]
  /** Outputs that the disturbed cache and a fresh cache over the same store do not share byte for byte */
  readonly unlikeFreshCache: readonly string[]
  /** Outputs that measure nothing and differ from those of a workspace that nobody disturbed */
  readonly unlikeUndisturbed: readonly string[]
}

/**
 * Kills processes of so many runs at random moments, then lets one come to its end, and compares what it made with what
 * a fresh Nx cache makes of the same store, and with a workspace of the same commits that nobody disturbed.
 */
export async function killRepeatedly(options: {
  readonly commits: number
  readonly kills: number
  readonly seed: number
  /** No kill comes later than this after the start of its run */
  readonly latestSeconds: number
  readonly log: (line: string) => void
}): Promise<KillReport> {
  const { commits, kills, seed, latestSeconds, log } = options
  const random = randomNumbers(seed)
  const [disturbed, undisturbed] = await Promise.all([createSoakWorkspace(commits), createSoakWorkspace(commits)])
  try {
    const disturbances: Disturbance[] = []
    while (disturbances.length < kills) {
      const disturbance = await disturb(disturbed, random, latestSeconds)
      disturbances.push(disturbance)
      log(`kill ${disturbances.length} of ${kills}: ${JSON.stringify(disturbance)}`)
    }
    const before = await readRuns(disturbed.storeDirectory)
    await finish(disturbed)
    const after = await readRuns(disturbed.storeDirectory)
    const folders = [...disturbed.commits, 'datasets/soak']
    const finished = await readOutputs(disturbed.workspace.directory, folders)
    await forgetNxCache(disturbed)
    await finish(disturbed)
    const again = await readRuns(disturbed.storeDirectory)
    const fresh = await readOutputs(disturbed.workspace.directory, folders)
    await finish(undisturbed, ['--batch']) // the same bytes, by fewer processes
    const other = await readOutputs(undisturbed.workspace.directory, folders)
    const repeated = [...again].filter(([bundle, lines]) => lines.length !== after.get(bundle)?.length)
    return {
      disturbances,
      lost: [...disturbances.flatMap(({ lost }) => lost), ...lostRuns(before, after), ...lostRuns(after, again)].concat(
        repeated.map(([bundle]) => `${bundle}: measured again after it was finished`),
      ),
      halfMade: await halfMadeEnvironments(disturbed.storeDirectory),
      unlikeFreshCache: differences(finished, fresh),
      unlikeUndisturbed: differences(finished, other).filter((path) => unmeasured.test(path)),
    }
  } finally {
    await Promise.all([disturbed.workspace.remove(), undisturbed.workspace.remove()])
  }
}

/** A run to its end that nobody disturbs. @throws Error when a task failed */
export async function finish(
  { workspace, commits }: SoakWorkspace,
  more: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const result: NxResult = await workspace.nx(['run-many', '-t', 'assemble', ...more], environment)
  const tasks = result.executed.length + result.cached.length
  const expected = 5 * commits.length + 1
  if (result.exitCode === 0 && tasks === expected) return
  throw new Error(`nx: exit ${result.exitCode}, ${tasks} of ${expected} tasks:\n${result.output.slice(-3000)}`)
}
