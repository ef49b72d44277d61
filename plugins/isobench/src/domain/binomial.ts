/** P(at most `successes` of `trials`), each with the chance given. The terms are summed as logarithms, so none underflows. */
export function binomialAtMost(successes: number, trials: number, chance: number): number {
  if (successes >= trials || chance <= 0) return 1
  if (chance >= 1) return 0
  let [logTerm, sum] = [trials * Math.log1p(-chance), 0]
  for (let count = 0; count <= successes; count++) {
    sum += Math.exp(logTerm)
    logTerm += Math.log((trials - count) / (count + 1)) + Math.log(chance) - Math.log1p(-chance)
  }
  return Math.min(1, sum)
}

/**
 * The largest chance that so few successes do not refute: the one-sided upper bound of Clopper and Pearson (1934), by
 * halving. One where every trial succeeded.
 * @param confidence e.g. 0.95: the bound is below the true chance in at most 5 of 100 cases
 */
export function upperBoundOfChance(successes: number, trials: number, confidence: number): number {
  let [low, high] = [0, 1]
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (binomialAtMost(successes, trials, middle) > 1 - confidence) low = middle
    else high = middle
  }
  return high
}
