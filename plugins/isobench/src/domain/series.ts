import { changePoints } from './change-points.ts'
import { median } from './hodges-lehmann.ts'
import type { Observation, ObservedSide, SeriesKey } from './observation.ts'
import { type SeriesCommit, seriesOrder } from './series-order.ts'

/** One commit of a series. */
export interface SeriesPoint extends SeriesCommit {
  /** ln of the seconds: mean over the sessions that measured it */
  readonly logSeconds: number
  /** ln of the seconds of its level: median over the points from one change point to the next */
  readonly logLevel: number
  /** At the first point of a new level: 1 − level/earlier level, and the p value of the permutation test */
  readonly change: { readonly improvement: number; readonly probability: number } | null
}

/** What one test measured on one machine over the commits of a repository. */
export interface Series {
  readonly key: SeriesKey
  /** The public name that most of its commits changed; null where they changed none */
  readonly api: string | null
  readonly points: readonly SeriesPoint[]
}

/** Smaller changes of the level are not told: as with single commits, layout and link order alone do as much. */
const smallestChange = 0.01

/**
 * The series of a dataset, those with the most points first. What a single record measured is no series: its two points
 * say nothing that the record does not say better.
 */
export function seriesOf(observations: readonly Observation[]): Series[] {
  return [...Map.groupBy(observations, ({ series }) => series.sha256).values()]
    .filter((same) => same.length > 1)
    .map(oneSeries)
    .toSorted((a, b) => b.points.length - a.points.length || (a.key.sha256 < b.key.sha256 ? -1 : 1))
}

function oneSeries(observations: readonly Observation[]): Series {
  const key = observations[0]!.series
  const commits = seriesOrder(observations)
  const values = commits.map(({ sides }) => meanOf(sides))
  return { key, api: mostChanged(observations), points: levelled(commits, values, key.sha256) }
}

/** Sessions differ from each other by more than their medians are uncertain, so each counts once. */
function meanOf(sides: readonly ObservedSide[]): number {
  return sides.reduce((sum, { logSeconds }) => sum + logSeconds, 0) / sides.length
}

function mostChanged(observations: readonly Observation[]): string | null {
  const counts = new Map<string, number>()
  for (const api of observations.flatMap(({ apis }) => [...new Set(apis)])) counts.set(api, (counts.get(api) ?? 0) + 1)
  const [first] = [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  return first?.[0] ?? null
}

interface Level {
  readonly start: number
  readonly logSeconds: number
  readonly probability: number
}

function levelled(commits: readonly SeriesCommit[], values: readonly number[], seed: string): SeriesPoint[] {
  const levels = levelsOf(values, changePoints(values, seed))
  return commits.map((commit, place) => {
    const index = levels.findLastIndex(({ start }) => start <= place)
    const { start, logSeconds, probability } = levels[index]!
    const earlier = levels[index - 1]
    const change =
      earlier === undefined || start !== place
        ? null
        : { improvement: drop(earlier.logSeconds, logSeconds), probability }
    return { ...commit, logSeconds: values[place]!, logLevel: logSeconds, change }
  })
}

/** The levels between the change points; of those that differ by too little the nearest two are joined, again and again. */
function levelsOf(values: readonly number[], changes: readonly { at: number; probability: number }[]): Level[] {
  const starts = [{ at: 0, probability: 1 }, ...changes]
  const levels = starts.map(({ at, probability }, index) => ({
    start: at,
    logSeconds: median(values.slice(at, starts[index + 1]?.at ?? values.length)),
    probability,
  }))
  const sizes = levels.slice(1).map((level, index) => Math.abs(drop(levels[index]!.logSeconds, level.logSeconds)))
  const smallest = Math.min(...sizes)
  if (smallest >= smallestChange) return levels
  return sizes.length === 0 ? levels : levelsOf(values, changes.toSpliced(sizes.indexOf(smallest), 1))
}

function drop(before: number, after: number): number {
  return -Math.expm1(after - before)
}
