import { type Measure, atLeast, atMost, figure } from '../measure.ts'
import type { Timing } from '../nx-timing.ts'
import { type Pair, inTurns, nxRuns } from './nx-runs.ts'
import type { PeerTimes } from './peer-run.ts'
import { createNxWorkspaces } from './workspaces.ts'

/** What a larger workspace is compared with. */
export interface Baseline {
  readonly nothing: Timing
}

const sample = 20
const emptyPlugin = 'nx with an empty plugin'
/** What prompt changes are compared with: tools that do the same work in JavaScript or in their own process. */
const likeOurs = new Set(['GNU make with Node', 'ninja with Node', 'snakemake'])

/** All measures of so many commits, with what the other tools took for the same. */
export async function* nxMeasures(commits: number, peers: readonly PeerTimes[]): AsyncGenerator<Measure, Baseline> {
  const workspaces = await createNxWorkspaces(commits)
  const runs = nxRuns(workspaces, commits)
  const named = (name: string): string => `${name}, ${commits} commits`
  try {
    const cold = await inTurns(1, runs.cold)
    yield* graph(named, runs)
    const nothing = await inTurns(3, runs.nothing)
    yield* ratio(named('nothing changed'), nothing, 'nothingChanged', peers)
    yield atMost(400, named('nothing changed, peak memory'), nothing.ours.megabytes, 'MB', {
      [`${emptyPlugin}, MB`]: nothing.peer.megabytes,
    })
    yield* one(named, nothing, await inTurns(3, runs.oneChanged), await inTurns(1, runs.oneChangedInBatch), peers)
    const comment = await inTurns(1, runs.comment)
    yield figure(named('a comment in one commit: 3 tasks run, the rest is cut off'), comment.ours.seconds, 's', {
      ...side('peer', comment.peer),
      ...side('ours', comment.ours),
    })
    yield* prompt(named, await inTurns(1, runs.promptChanged), peers)
    yield* throughput(named, runs.tasks, cold, await runs.forked('ours', sample), peers)
    return { nothing: nothing.ours }
  } finally {
    await workspaces.remove()
  }
}

/** Of five times as many commits only what has a goal. */
export async function* largeMeasures(commits: number, { nothing: baseline }: Baseline): AsyncGenerator<Measure> {
  const workspaces = await createNxWorkspaces(commits)
  const runs = nxRuns(workspaces, commits)
  try {
    const cold = await runs.cold('ours')
    yield atMost(100, `cold in batches, ${commits} commits`, cold.seconds, 's', side('ours', cold))
    yield atMost(2500, `cold in batches, ${commits} commits, peak memory`, cold.megabytes, 'MB')
    yield* graph((name) => `${name}, ${commits} commits`, runs)
    const nothing = await runs.nothing('ours')
    const peers = { ...side('ours', nothing), 'ratio of CPU seconds': nothing.cpuSeconds / baseline.cpuSeconds }
    const name = `nothing changed, ${commits} commits`
    yield atMost(6, `${name}, over a fifth of them`, nothing.seconds / baseline.seconds, 'ratio', peers)
    yield atMost(1200, `${name}, peak memory`, nothing.megabytes, 'MB')
  } finally {
    await workspaces.remove()
  }
}

/** Without the daemon, and with one that knows the graph: the CPU time of a daemon is not in it. */
async function* graph(named: (name: string) => string, runs: ReturnType<typeof nxRuns>): AsyncGenerator<Measure> {
  const sides = ['ours', 'peer'] as const
  for (const daemon of [false, true]) {
    if (daemon) for (const each of sides) await runs.graph(each, daemon)
    const { ours, peer } = await inTurns(3, (each) => runs.graph(each, daemon))
    const name = named(`graph load ${daemon ? 'with' : 'without'} the daemon`)
    yield figure(name, ours.seconds / peer.seconds, 'ratio', { ...side('ours', ours), ...side('peer', peer) })
  }
  for (const each of sides) await runs.stopDaemon(each)
}

function* ratio(
  name: string,
  { ours, peer }: Pair,
  key: keyof PeerTimes,
  peers: readonly PeerTimes[],
): Generator<Measure> {
  const own = {
    'ratio of CPU seconds': ours.cpuSeconds / peer.cpuSeconds,
    ...side('peer', peer),
    ...side('ours', ours),
  }
  yield atMost(1.1, name, ours.seconds / peer.seconds, 'ratio', { ...own, ...secondsOf(peers, key) })
}

function* one(
  named: (name: string) => string,
  nothing: Pair,
  changed: Pair,
  inBatch: Pair,
  peers: readonly PeerTimes[],
): Generator<Measure> {
  yield atMost(1.2, named('one changed over nothing changed'), changed.ours.seconds / nothing.ours.seconds, 'ratio', {
    ...over(changed.ours, nothing.ours),
    [`${emptyPlugin}, ratio`]: changed.peer.seconds / nothing.peer.seconds,
    ...secondsOf(peers, 'oneChanged'),
  })
  const name = named('one changed in a batch over nothing changed')
  yield figure(name, inBatch.ours.seconds / nothing.ours.seconds, 'ratio', over(inBatch.ours, nothing.ours))
}

function over(timing: Timing, base: Timing): Measure['peers'] {
  return { ...side('ours', timing), 'ratio of CPU seconds': timing.cpuSeconds / base.cpuSeconds }
}

function* prompt(
  named: (name: string) => string,
  { ours, peer }: Pair,
  peers: readonly PeerTimes[],
): Generator<Measure> {
  yield atMost(16, named('prompt changed, in batches'), ours.seconds, 's', {
    ...side('ours', ours),
    ...side('peer', peer),
    ...secondsOf(peers, 'promptChanged'),
  })
  for (const { name, promptChanged } of peers.filter((each) => likeOurs.has(each.name))) {
    if (typeof promptChanged === 'number') {
      yield atMost(1, named(`prompt changed, over ${name}`), ours.seconds / promptChanged, 'ratio')
    }
  }
}

function* throughput(
  named: (name: string) => string,
  tasks: number,
  cold: Pair,
  forked: Timing,
  peers: readonly PeerTimes[],
): Generator<Measure> {
  const perSecond = tasks / cold.ours.seconds
  yield atLeast(350, named('cold in batches'), perSecond, 'tasks/s', {
    [`${emptyPlugin}, tasks/s`]: tasks / cold.peer.seconds,
    ...side('ours', cold.ours),
    'ours, MB': cold.ours.megabytes,
    ...secondsOf(peers, 'cold'),
  })
  const forkedPerSecond = (5 * sample) / forked.seconds
  yield atLeast(20, named('cold in batches, over a process a task'), perSecond / forkedPerSecond, 'ratio', {
    'a process a task, tasks/s': forkedPerSecond,
    'tasks in that sample': 5 * sample,
  })
}

function side(of: 'ours' | 'peer', { seconds, cpuSeconds }: Timing): Record<string, number> {
  const name = of === 'ours' ? 'ours' : emptyPlugin
  return { [`${name}, seconds`]: seconds, [`${name}, CPU seconds`]: cpuSeconds }
}

function secondsOf(peers: readonly PeerTimes[], key: keyof PeerTimes): Measure['peers'] {
  return Object.fromEntries(peers.map((peer) => [`${peer.name}, seconds`, peer[key]]))
}
