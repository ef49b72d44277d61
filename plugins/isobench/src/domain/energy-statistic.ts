/** Where a series falls apart best, and how far the two parts are from each other there. */
export interface Split {
  /** Place of the first value of the second part */
  readonly at: number
  readonly statistic: number
}

/** A part of fewer values has no distance within itself. */
export const shortestPart = 2

/**
 * The split of some values where the energy statistic of what stands before `at` and from there to an end is largest:
 * Q = mn/(m+n) (2/(mn) Σ|x−y| − 2/(m(m−1)) Σ|x−x′| − 2/(n(n−1)) Σ|y−y′|), each sum over all pairs of m and n values.
 * Source: Matteson and James, A Nonparametric Approach for Multiple Change Point Analysis of Multivariate Data, JASA 109
 * (2014), equations 5 to 7 with α = 1. Takes n² steps.
 * @param values at least `2 * shortestPart` of them
 * @param end `last`: the second part goes to the last value; `any`: it may end earlier, so that a change which was taken
 *   back later is not covered up
 */
export function bestSplit(values: Float64Array, end: 'last' | 'any'): Split {
  const count = values.length
  // By `at`, for the present end: sums of distances before it, between the two parts, and within the second one.
  const before = new Float64Array(count + 1)
  const between = new Float64Array(count)
  const within = new Float64Array(count)
  let [bestAt, best] = [shortestPart, Number.NEGATIVE_INFINITY]
  for (let last = 1; last < count; last++) {
    before[last + 1] = before[last]! + addValue(values, last, between, within)
    if (end === 'last' && last < count - 1) continue
    for (let at = shortestPart; at <= last + 1 - shortestPart; at++) {
      const second = last + 1 - at
      const inside = (second * before[at]!) / (at - 1) + (at * within[at]!) / (second - 1)
      const statistic = (2 * (between[at]! - inside)) / (last + 1)
      if (statistic <= best) continue
      best = statistic
      bestAt = at
    }
  }
  return { at: bestAt, statistic: best }
}

/** Takes one more value into the second part of every split. @returns the sum of its distances to all before it */
function addValue(values: Float64Array, last: number, between: Float64Array, within: Float64Array): number {
  const value = values[last]!
  let toAll = 0
  for (let place = 0; place < last; place++) toAll += Math.abs(values[place]! - value)
  let toFirst = 0
  for (let at = 1; at <= last; at++) {
    toFirst += Math.abs(values[at - 1]! - value)
    between[at]! += toFirst
    within[at]! += toAll - toFirst
  }
  return toAll
}
