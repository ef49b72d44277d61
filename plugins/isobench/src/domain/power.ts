/**
 * Standard deviations of ln(head/base) that an effect must reach to be found with 80 % power within so many pairs, by
 * simulation of the sequential rule (reference: measure.md §3.5).
 */
const simulated = [
  { pairs: 8, deviations: 1.91 },
  { pairs: 12, deviations: 1.26 },
  { pairs: 16, deviations: 1.03 },
  { pairs: 20, deviations: 0.89 },
  { pairs: 40, deviations: 0.59 },
] as const

/**
 * The detectable effect in standard deviations, or null below 8 pairs, where the rule cannot reject. Between the
 * simulated counts, deviations × √pairs is interpolated linearly in 1/pairs.
 */
export function detectableDeviations(pairs: number): number | null {
  if (pairs < simulated[0].pairs) return null
  const above = simulated.find((point) => point.pairs >= pairs) ?? simulated.at(-1)!
  const below = simulated.findLast((point) => point.pairs <= pairs)!
  const share = above === below ? 0 : (1 / below.pairs - 1 / pairs) / (1 / below.pairs - 1 / above.pairs)
  return (scaled(below) + share * (scaled(above) - scaled(below))) / Math.sqrt(pairs)
}

function scaled(point: { readonly pairs: number; readonly deviations: number }): number {
  return point.deviations * Math.sqrt(point.pairs)
}
