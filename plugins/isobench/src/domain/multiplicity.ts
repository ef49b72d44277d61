/**
 * The p values, each raised to the smallest false discovery rate at which Benjamini and Hochberg's step-up procedure
 * (1995) rejects it among all of them. In the order given. Valid for independent p values.
 */
export function benjaminiHochberg(probabilities: readonly number[]): number[] {
  const count = probabilities.length
  const order = ascending(probabilities).toReversed()
  return stepped(order, Math.min, (position) => (probabilities[order[position]!]! * count) / (count - position))
}

/**
 * The p values, each raised to the smallest family-wise error rate at which Holm's step-down procedure (1979) rejects it
 * among all of them. In the order given. Valid however the p values depend on each other.
 */
export function holm(probabilities: readonly number[]): number[] {
  const count = probabilities.length
  const order = ascending(probabilities)
  return stepped(order, Math.max, (position) => probabilities[order[position]!]! * (count - position))
}

/** Positions of the values from the smallest to the largest. */
function ascending(values: readonly number[]): number[] {
  return [...values.keys()].toSorted((a, b) => values[a]! - values[b]!)
}

/** Goes through `order` and gives each position the extreme of all values so far, at most one. */
function stepped(
  order: readonly number[],
  extreme: (a: number, b: number) => number,
  valueAt: (position: number) => number,
): number[] {
  const adjusted = order.map(() => 0)
  let last: number | undefined
  for (const [position, original] of order.entries()) {
    const value = valueAt(position)
    last = last === undefined ? value : extreme(last, value)
    adjusted[original] = Math.min(1, last)
  }
  return adjusted
}
