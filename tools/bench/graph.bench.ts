import { median } from '../../plugins/isobench/src/domain/hodges-lehmann.ts'
import type { NxResult } from '../../test/support/workspace.ts'
import { type Workspaces, createWorkspaces } from './graph-workspaces.ts'
import { type Measure, figure } from './measure.ts'
import { type Timing, timeNx } from './nx-timing.ts'

const stages = 5

/** Both workspaces under the same command, as medians of their rounds. */
interface Comparison {
  readonly ours: Timing
  readonly peer: Timing
}

/** The graph of 100 and of 1,000 commits: loading it, and running everything with the real stages. */
export async function* measures(): AsyncGenerator<Measure> {
  for (const commits of [100, 1000]) yield* measuresOf(commits)
}

async function* measuresOf(commits: number): AsyncGenerator<Measure> {
  const workspaces = await createWorkspaces(commits)
  const tasks = stages * commits + 1
  try {
    const load = await compare(workspaces, ['show', 'projects', '--json'], 3, hasProjects(commits + 1))
    yield ratio(`graph load, ${commits} commits`, load)
    const cold = await compare(workspaces, ['run-many', '-t', 'assemble', '--batch'], 1, hasRun(tasks, 0))
    await refuseUnexpected(workspaces)
    yield ratio(`cold run, ${commits} commits`, cold)
  } finally {
    await workspaces.remove()
  }
}

/** Ours and the peer by turns, the other one first in every second round, so that a drift of the machine hits both. */
async function compare(
  workspaces: Workspaces,
  args: readonly string[],
  rounds: number,
  check: (result: NxResult) => void,
): Promise<Comparison> {
  const timings: Record<keyof Comparison, Timing[]> = { ours: [], peer: [] }
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (['ours', 'peer'] as const) : (['peer', 'ours'] as const)
    for (const side of order) timings[side].push(await timeNx(workspaces[side], args, check))
  }
  return { ours: middle(timings.ours), peer: middle(timings.peer) }
}

function middle(timings: readonly Timing[]): Timing {
  const of = (key: keyof Timing): number => median(timings.map((timing) => timing[key]))
  return { seconds: of('seconds'), cpuSeconds: of('cpuSeconds'), megabytes: of('megabytes') }
}

function ratio(name: string, { ours, peer }: Comparison): Measure {
  return figure(name, ours.seconds / peer.seconds, 'ratio', {
    'nx with an empty plugin, seconds': peer.seconds,
    'ours, seconds': ours.seconds,
    'ratio of CPU seconds': ours.cpuSeconds / peer.cpuSeconds,
  })
}

/** Reads the list as JSON: Nx 24.0.6 prints the plain one line by line and ends before a pipe has taken all of them. */
function hasProjects(expected: number) {
  return ({ output }: NxResult): void => {
    const names: string[] = JSON.parse(output.split('\n').find((line) => line.startsWith('[')) ?? '[]')
    const found = names.filter((name) => /^(bench-[0-9a-f]{8}|all)$/.test(name)).length
    if (found !== expected) throw new Error(`projects in the graph: ${found}, expected: ${expected}`)
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

/** The stages must have come to the end that they are timed for, or the figures compare something else. */
async function refuseUnexpected({ ours }: Workspaces): Promise<void> {
  const records = (await ours.read('datasets/all/out/records.jsonl')).trim().split('\n')
  const [{ instance_id: first }] = records.map((line) => JSON.parse(line)) as [{ instance_id: string }]
  const folder = `commits/bench/${first.replace('bench-', '')}/out`
  for (const [file, reason] of [
    ['analysis.json', 'not-a-candidate'],
    ['environment.json', 'wheel-missing'],
  ] as const) {
    const { outcome } = await ours.readJson(`${folder}/${file}`)
    if (outcome.reason !== reason) throw new Error(`outcome in ${file}: ${outcome.reason}, expected: ${reason}`)
  }
}
