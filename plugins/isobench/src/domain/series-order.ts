import type { Observation, ObservedSide } from './observation.ts'

/** A commit of a series with one environment, and every session that measured it. */
export interface SeriesCommit {
  /** Whose record it is from: its own, else the earliest one of which it is the base */
  readonly instanceId: string
  readonly side: 'base' | 'head'
  readonly commit: string
  /** null for a base without a record of its own */
  readonly commitDate: string | null
  readonly lockSha256: string
  readonly sides: readonly ObservedSide[]
}

interface Sight {
  readonly side: 'base' | 'head'
  readonly observation: Observation
}

/**
 * The commits of a series in the order of the history as far as the records tell it: every base before its head, else by
 * date; a base without a record of its own stands right before the earliest head that was compared with it. A commit
 * that was measured with two environments is two points, so that a change between them is not blamed on a commit.
 */
export function seriesOrder(observations: readonly Observation[]): SeriesCommit[] {
  const dates = new Map(observations.map(({ head, commitDate }) => [head.commit, commitDate]))
  const sights = observations.toSorted(byDate).flatMap((observation): Sight[] => [
    { side: 'base', observation },
    { side: 'head', observation },
  ])
  const points = Map.groupBy(sights, ({ side, observation }) => keyOf(observation[side]))
  const basesOf = Map.groupBy(observations, ({ head }) => keyOf(head))
  const ordered = new Set<string>()
  const visited = new Set<string>()
  const visit = (key: string): void => {
    if (visited.has(key)) return
    visited.add(key)
    for (const { base } of basesOf.get(key) ?? []) visit(keyOf(base))
    ordered.add(key)
  }
  for (const key of points.keys()) visit(key)
  return [...ordered].map((key) => commitOf(points.get(key)!, dates))
}

function commitOf(sights: readonly Sight[], dates: ReadonlyMap<string, string>): SeriesCommit {
  const { side, observation } = sights.find((sight) => sight.side === 'head') ?? sights[0]!
  const { commit, lockSha256 } = observation[side]
  return {
    instanceId: observation.instanceId,
    side,
    commit,
    commitDate: dates.get(commit) ?? null,
    lockSha256,
    sides: sights.map((sight) => sight.observation[sight.side]),
  }
}

function keyOf({ commit, lockSha256 }: ObservedSide): string {
  return `${commit} ${lockSha256}`
}

function byDate(a: Observation, b: Observation): number {
  if (a.commitDate !== b.commitDate) return a.commitDate < b.commitDate ? -1 : 1
  return a.instanceId < b.instanceId ? -1 : 1
}
