/** Where values stand on an axis. */
export interface Scale {
  /** From a value to pixels; values beyond the ends stand at the ends */
  readonly at: (value: number) => number
  /** Round values to name, from small to large */
  readonly ticks: readonly number[]
}

type Range = readonly [low: number, high: number]

/** An even axis over the values, with about `wanted` round ticks. */
export function linearScale(values: readonly number[], [start, end]: Range, wanted: number): Scale {
  const [low, high] = widened(extent(values))
  const step = roundStep((high - low) / wanted)
  const ticks: number[] = []
  for (let index = Math.ceil(low / step); index * step <= high; index += 1)
    ticks.push(Number((index * step).toPrecision(12)))
  return { at: (value) => start + ((end - start) * (clamp(value, low, high) - low)) / (high - low), ticks }
}

const namedImprovements = [
  -99, -49, -19, -9, -4, -3, -2, -1, -0.5, -0.25, -0.1, -0.05, -0.02, -0.01, 0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5,
  0.65, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999,
]

/**
 * An axis of improvements (1 − head/base) that is even in ln(base/head): half and double the time are equally far from
 * no change. No change is always on it; ticks keep `gap` pixels between them.
 */
export function improvementScale(improvements: readonly number[], range: Range, gap: number): Scale {
  const limit = Math.log(1.01)
  const [low, high] = widened(extent([...improvements.map(logSpeedup), -limit, limit]))
  const [start, end] = range
  const at = (improvement: number): number =>
    start + ((end - start) * (clamp(logSpeedup(improvement), low, high) - low)) / (high - low)
  const inside = namedImprovements.filter((value) => logSpeedup(value) >= low && logSpeedup(value) <= high)
  return { at, ticks: spread(inside, at, gap) }
}

/** ln(base/head); an improvement of 100 % or more, which no time can have, stands at the end of every axis. */
function logSpeedup(improvement: number): number {
  return -Math.log(Math.max(1e-9, 1 - improvement))
}

/** Zero first, then outwards, leaving out what would stand too close to its neighbour. */
function spread(values: readonly number[], at: (value: number) => number, gap: number): number[] {
  const kept: number[] = []
  for (const value of values.toSorted((a, b) => Math.abs(at(a) - at(0)) - Math.abs(at(b) - at(0)))) {
    if (kept.every((other) => Math.abs(at(other) - at(value)) >= gap)) kept.push(value)
  }
  return kept.toSorted((a, b) => a - b)
}

function extent(values: readonly number[]): Range {
  return values.reduce<Range>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  )
}

/** With 4 % of room at both ends, and some around a single value. */
function widened([low, high]: Range): Range {
  const room = high > low ? 0.04 * (high - low) : Math.max(Math.abs(low) * 0.05, 1e-12)
  return [low - room, high + room]
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  const digit = [1, 2, 5, 10].find((each) => each * power >= rough) ?? 10
  return digit * power
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
