import { bestSplit, shortestPart } from './energy-statistic.ts'
import { seededRandom, shuffle } from './seeded-random.ts'

/** A place where a series takes another level. */
export interface ChangePoint {
  /** Place of the first value of the new level */
  readonly at: number
  /** Share of the orders of these values that are split as well as theirs, of the permutation test */
  readonly probability: number
}

/**
 * A stretch is split when at most this share of all orders of its values is split as well: 0.01 together, most of it for
 * a level that lasts to the end of the stretch, because that is where a new change stands.
 */
const changeLevels = { last: 0.008, any: 0.002 } as const
const permutations = 999
/** So many values are looked at together: the cost grows with the square. */
const longestStretch = 400
/** Equal sums that were added in another order differ by less. */
const rounding = 1e-9

/**
 * The places where the values take another level, by E-divisive: the stretch is split where the energy statistic is
 * largest, the split is tested against permutations of the stretch, and where it counts both parts are treated alike.
 * Nothing is assumed about the noise but that its order tells nothing. Below 11 values hardly any split can count.
 * Sources: Matteson and James (2014), as used for series of benchmarks by Daly et al., The Use of Change Point Detection
 * to Identify Software Performance Regressions in a Continuous Integration System, ICPE 2020. Permutations end early
 * after Besag and Clifford, Sequential Monte Carlo p-values, Biometrika 78 (1991), which changes no decision.
 * @param seed equal seeds draw the same permutations
 */
export function changePoints(values: readonly number[], seed: string): ChangePoint[] {
  const random = seededRandom(seed)
  const found: ChangePoint[] = []
  for (let start = 0; start < values.length;) {
    const end = Math.min(start + longestStretch, values.length)
    const inside = changesWithin(values, start, end, random)
    found.push(...inside)
    if (end === values.length) break
    start = inside.at(-1)?.at ?? start + longestStretch / 2
  }
  return found
}

function changesWithin(values: readonly number[], start: number, end: number, random: () => number): ChangePoint[] {
  if (end - start < 2 * shortestPart) return []
  const stretch = Float64Array.from(values.slice(start, end))
  const split = testedSplit(stretch, 'last', random) ?? testedSplit(stretch, 'any', random)
  if (split === null) return []
  const at = start + split.at
  return [
    ...changesWithin(values, start, at, random),
    { at, probability: split.probability },
    ...changesWithin(values, at, end, random),
  ]
}

/** The best split of a stretch where it counts; null where it does not. */
function testedSplit(stretch: Float64Array, end: keyof typeof changeLevels, random: () => number): ChangePoint | null {
  const { at, statistic } = bestSplit(stretch, end)
  const bar = statistic - rounding * Math.abs(statistic)
  const most = Math.floor(changeLevels[end] * (permutations + 1))
  const order = stretch.slice()
  let asGood = 1 // its own order
  for (let drawn = 0; drawn < permutations; drawn++) {
    shuffle(order, random)
    if (bestSplit(order, end).statistic >= bar) asGood++
    if (asGood > most) return null
  }
  return { at, probability: asGood / (permutations + 1) }
}
