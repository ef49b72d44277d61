/** The averages of all pairs of values, each value with itself too, in ascending order: n (n + 1) / 2 of them. */
export function walshAverages(values: readonly number[]): number[] {
  return values.flatMap((a, index) => values.slice(index).map((b) => (a + b) / 2)).toSorted((a, b) => a - b)
}

/** The Hodges–Lehmann estimate of the centre of a symmetric distribution: the median of the Walsh averages. */
export function hodgesLehmann(averages: readonly number[]): number {
  return medianOfSorted(averages)
}

/** The middle value, or the mean of the middle two. @throws RangeError when there is none */
export function median(values: readonly number[]): number {
  return medianOfSorted(values.toSorted((a, b) => a - b))
}

function medianOfSorted(sorted: readonly number[]): number {
  if (sorted.length === 0) throw new RangeError('no median of nothing')
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * 1.4826 times the median distance from the median: of normal values the standard deviation, and up to half of the
 * values may be wild without moving it far.
 */
export function robustDeviation(values: readonly number[]): number {
  const centre = median(values)
  return 1.4826 * median(values.map((value) => Math.abs(value - centre)))
}

/** Standard deviation with n − 1, or null below two values. */
export function standardDeviation(values: readonly number[]): number | null {
  if (values.length < 2) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
}
