import type { Session } from '../../test/support/simulation.ts'

/** Whether a rule calls head faster than base after one session of its own shape. */
export type Rule = (session: Session) => boolean

/**
 * The rules of others, from their code (measure.md §1). Each runs all of base, then all of head:
 * the seed one process a side and any gain; ISO-Bench one and more than 5 %; GSO the means of five and more than 2 %;
 * SWE-Perf twenty, a cut outside 1 × IQR, and a one-sided Mann–Whitney test at 0.1.
 */
export const peerRules = {
  seed: (session) => gain(session, 1) > 0,
  'ISO-Bench': (session) => gain(session, 1) > 0.05,
  GSO: (session) => gain(session, 5) > 0.02,
  'SWE-Perf': (session) => {
    const [base, head] = blocked(session, 20)
    return isSmaller(withoutOutliers(head), withoutOutliers(base))
  },
} as const satisfies Record<string, Rule>

/** A standard normal number is above this one time in ten. */
const quantileOfOneInTen = 1.2815515655446004

function gain(session: Session, processes: number): number {
  const [base, head] = blocked(session, processes)
  return 1 - sum(head) / sum(base)
}

function blocked(session: Session, processes: number): [base: number[], head: number[]] {
  const seconds = session('A'.repeat(processes) + 'B'.repeat(processes)).map((time) => Math.exp(time))
  return [seconds.slice(0, processes), seconds.slice(processes)]
}

function withoutOutliers(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [quantile(sorted, 0.25), quantile(sorted, 0.75)]
  return values.filter((value) => value >= low - (high - low) && value <= high + (high - low))
}

/** One-sided Mann–Whitney at 0.1, by its normal approximation, with the corrections for continuity and ties. */
function isSmaller(values: readonly number[], others: readonly number[]): boolean {
  const [n, m] = [values.length, others.length]
  const wins = sum(values.flatMap((value) => others.map((other) => (value < other ? 1 : value === other ? 0.5 : 0))))
  const sizes = [...Map.groupBy([...values, ...others], (value) => value).values()].map((same) => same.length)
  const ties = sum(sizes.map((size) => size ** 3 - size)) / ((n + m) * (n + m - 1))
  const deviation = Math.sqrt(((n * m) / 12) * (n + m + 1 - ties))
  return (wins - (n * m) / 2 - 0.5) / deviation > quantileOfOneInTen
}

function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(position)]!, sorted[Math.ceil(position)]!]
  return low + (position - Math.floor(position)) * (high - low)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
