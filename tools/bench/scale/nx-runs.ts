import { median } from '../../../plugins/isobench/src/domain/hodges-lehmann.ts'
import type { NxResult } from '../../../test/support/workspace.ts'
import { type Timing, timeNx } from '../nx-timing.ts'
import { promptFile, trivialStages } from './stages.ts'
import { type NxWorkspaces, commitFolders, commitLine } from './workspaces.ts'

export type Side = 'ours' | 'peer'

/** The same command on both sides, as medians of its rounds. */
export type Pair = Readonly<Record<Side, Timing>>

const batched = ['run-many', '-t', 'assemble', '--batch']
const unbatched = ['run-many', '-t', 'assemble', '--batch=false']

/** The runs of one pair of workspaces. Each is refused unless exactly the tasks ran that should have. */
export function nxRuns(workspaces: NxWorkspaces, commits: number) {
  const stages = trivialStages.length
  const tasks = stages * commits + 1
  const folders = commitFolders(commits)
  let revision = 0
  const time = (side: Side, args: readonly string[], executed: number, cached: number): Promise<Timing> =>
    timeNx(workspaces[side], args, hasRun(executed, cached))
  const changed: Record<Side, number> = { ours: 0, peer: 0 }
  const edit = (side: Side, folder: string, text: string): Promise<void> =>
    workspaces[side].write(`commits/bench/${folder}/commit.yaml`, text)

  const changeOne = (side: Side): Promise<void> => {
    changed[side] = ++revision
    return edit(side, folders[0]!, commitLine(folders[0]!, changed[side]))
  }

  return {
    tasks,
    /** Makes the graph anew, or asks the daemon, which is started when there is none. */
    graph: (side: Side, daemon: boolean) =>
      timeNx(workspaces[side], ['show', 'projects', '--json'], hasListed(folders), { NX_DAEMON: String(daemon) }),
    stopDaemon: (side: Side) => workspaces[side].nx(['daemon', '--stop'], { NX_DAEMON: 'true' }),
    cold: (side: Side) => time(side, batched, tasks, 0),
    nothing: (side: Side) => time(side, unbatched, 0, tasks),
    oneChanged: async (side: Side) => {
      await changeOne(side)
      return time(side, unbatched, stages + 1, tasks - stages - 1)
    },
    oneChangedInBatch: async (side: Side) => {
      await changeOne(side)
      return time(side, batched, stages + 1, tasks - stages - 1)
    },
    /** A comment stops at the stages that read the file: their outputs are what they were. */
    comment: async (side: Side) => {
      await edit(side, folders[0]!, `${commitLine(folders[0]!, changed[side])}# comment ${++revision}\n`)
      return time(side, batched, 3, tasks - 3)
    },
    promptChanged: async (side: Side) => {
      await workspaces[side].write(`commits/bench/${promptFile}`, `"prompt ${++revision}"\n`)
      return time(side, batched, 3 * commits + 1, tasks - 3 * commits - 1)
    },
    /** All stages of so many commits, one process a task. */
    forked: async (side: Side, sample: number) => {
      const chosen = folders.slice(-sample)
      for (const folder of chosen) await edit(side, folder, commitLine(folder, ++revision))
      const projects = chosen.map((folder) => `bench-${folder}`).join(',')
      return time(side, [...unbatched, '-p', projects], stages * sample, 0)
    },
  }
}

/** Both sides by turns, the other one first in every second round, so that a drift of the machine hits both. */
export async function inTurns(rounds: number, timed: (side: Side) => Promise<Timing>): Promise<Pair> {
  const timings: Record<Side, Timing[]> = { ours: [], peer: [] }
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const)
    for (const side of order) timings[side].push(await timed(side))
  }
  return { ours: middle(timings.ours), peer: middle(timings.peer) }
}

function middle(timings: readonly Timing[]): Timing {
  const of = (key: keyof Timing): number => median(timings.map((timing) => timing[key]))
  return { seconds: of('seconds'), cpuSeconds: of('cpuSeconds'), megabytes: of('megabytes') }
}

function hasListed(folders: readonly string[]) {
  return ({ output }: NxResult): void => {
    const listed = new Set<string>(JSON.parse(output.slice(output.indexOf('["'))))
    if (!folders.every((folder) => listed.has(`bench-${folder}`))) throw new Error(`listed: ${listed.size}`)
  }
}

function hasRun(executed: number, cached: number) {
  return (result: NxResult): void => {
    if (result.executed.length === executed && result.cached.length === cached) return
    throw new Error(
      `tasks run: ${result.executed.length}, expected: ${executed}; from the cache: ${result.cached.length}, expected: ${cached}`,
    )
  }
}
