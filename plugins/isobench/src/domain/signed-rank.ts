/** The two rank sums of Wilcoxon's signed-rank test. */
export interface RankSums {
  readonly positive: number
  readonly negative: number
}

/**
 * Wilcoxon's signed-rank sums, W+ and W−. Ties and zeros count against rejection: each side gets the highest ranks
 * that the tied values allow, and a zero counts on both sides. So neither sum is below that of any way to break the
 * ties, and the exact null distribution of untied values stays a bound. The same rule is in `harness/rule.py`.
 */
export function signedRanks(values: readonly number[]): RankSums {
  const ordered = values.toSorted((a, b) => Math.abs(a) - Math.abs(b))
  let [positive, negative, start] = [0, 0, 0]
  while (start < ordered.length) {
    const size = Math.abs(ordered[start]!)
    const next = ordered.findIndex((value, index) => index > start && Math.abs(value) !== size)
    const end = next === -1 ? ordered.length : next
    const tied = ordered.slice(start, end)
    positive += highestRanks(end, tied.filter((value) => value >= 0).length)
    negative += highestRanks(end, tied.filter((value) => value <= 0).length)
    start = end
  }
  return { positive, negative }
}

/** Sum of the `count` ranks up to and including `last`. */
function highestRanks(last: number, count: number): number {
  return (count * (2 * last - count + 1)) / 2
}

/**
 * Two-sided exact p value of one look at `pairs` values without ties: P(min(W+, W−) ≤ `smaller`) when every sign is a
 * fair coin. By the usual recursion over the ranks.
 */
export function signedRankProbability(pairs: number, smaller: number): number {
  const ways = waysToSum(pairs)
  const below = ways.slice(0, Math.floor(smaller) + 1).reduce((sum, count) => sum + count, 0)
  return Math.min(1, (2 * below) / 2 ** pairs)
}

/**
 * The rank k for which the k-th smallest and the k-th largest Walsh average bound the effect with confidence of at
 * least `1 - alpha`: one more than the largest W whose two-sided p value is at most `alpha`. Null when even the
 * extremes do not, which for 95 % is below 6 pairs.
 */
export function intervalRank(pairs: number, alpha = 0.05): number | null {
  const ways = waysToSum(pairs)
  let [below, rank] = [0, 0]
  for (const count of ways) {
    below += count
    if ((2 * below) / 2 ** pairs > alpha) break
    rank++
  }
  return rank === 0 ? null : rank
}

/** In how many ways some of the ranks 1 … `pairs` sum to each value from 0. */
function waysToSum(pairs: number): number[] {
  const most = (pairs * (pairs + 1)) / 2
  const ways = Array.from({ length: most + 1 }, () => 0)
  ways[0] = 1
  for (let rank = 1; rank <= pairs; rank++) {
    for (let sum = most; sum >= rank; sum--) ways[sum]! += ways[sum - rank]!
  }
  return ways
}
