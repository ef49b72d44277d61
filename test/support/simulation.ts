import { normalNumbers, randomNumbers } from './runs.ts'

/**
 * A machine that disturbs. Each is a relative size: 0.01 is 1 %. The scenarios are those of measure.md; what it leaves
 * open (noise within a process, the size of outliers) is set so that the rules of others fare as in its table.
 */
export interface Scenario {
  /** Standard deviation of ln(seconds) from process to process */
  readonly process: number
  /** What the calls within a process leave in its median, as a standard deviation */
  readonly within?: number
  /** Standard deviation of the slow part, an AR(1) with coefficient 0.8 over successive processes */
  readonly slow?: number
  /** By how much the machine has become slower after 40 processes, evenly */
  readonly drift?: number
  /** Share of processes that something slows down, by an exponential amount */
  readonly outliers?: number
  /** Mean of that amount; default: 5 % */
  readonly outlierMean?: number
  /** Jump, up or down, somewhere in the session */
  readonly step?: number
  /** By how much the first process of each two is slower */
  readonly first?: number
}

const typical = { process: 0.012, within: 0.01, slow: 0.008, drift: 0.01, outliers: 0.03 }

export const scenarios = {
  quiet: { process: 0.004, within: 0.004 },
  typical,
  noisy: { process: 0.03, within: 0.02, slow: 0.02, outliers: 0.08 },
  step: { ...typical, step: 0.04 },
  h100gpu: { process: 0.025, within: 0.03 },
  h100host: { process: 0.09, within: 0.06 },
  drift: { ...typical, drift: 0.03 },
  order: { ...typical, first: 0.02 },
  wild: { process: 0.025, within: 0.03, outliers: 0.1, outlierMean: 0.5 },
} as const satisfies Record<string, Scenario>

/** Times of processes run one after the other: ln(seconds) for each letter of `order`, A = base and B = head. */
export type Session = (order: string) => number[]

const coefficient = 0.8
const longestSession = 40

/** Sessions on such a machine, where head takes `1 - improvement` of the time of base. */
export function simulatedSessions(scenario: Scenario, improvement: number, seed: number): Session {
  const { process, within = 0, slow = 0, drift = 0, outliers = 0, step = 0, first = 0, outlierMean = 0.05 } = scenario
  const [random, normal] = [randomNumbers(seed), normalNumbers(seed + 1)]
  const innovation = slow * Math.sqrt(1 - coefficient ** 2)
  return (order) => {
    const stepAt = random() * order.length
    const jump = random() < 0.5 ? step : -step
    let wander = slow * normal()
    return Array.from(order, (side, index) => {
      wander = coefficient * wander + innovation * normal()
      const outlier = random() < outliers ? -outlierMean * Math.log(1 - random()) : 0
      return (
        (side === 'B' ? Math.log1p(-improvement) : 0) +
        Math.hypot(process, within) * normal() +
        wander +
        (drift * index) / longestSession +
        outlier +
        (index >= stepAt ? jump : 0) +
        (index % 2 === 0 ? first : 0)
      )
    })
  }
}

/** Processes that already ran, drawn with replacement: the real noise of a machine. */
export function resampledSessions(seconds: readonly number[], improvement: number, seed: number): Session {
  const random = randomNumbers(seed)
  return (order) =>
    Array.from(order, (side) => {
      const drawn = seconds[Math.floor(random() * seconds.length)]!
      return Math.log(drawn) + (side === 'B' ? Math.log1p(-improvement) : 0)
    })
}

/** ln(head/base) of `pairs` pairs in blocks of ABBA or BAAB by a coin. */
export function pairedRatios(session: Session, pairs: number, coin: () => number): number[] {
  const order = Array.from({ length: pairs / 2 }, () => (coin() < 0.5 ? 'ABBA' : 'BAAB')).join('')
  const times = session(order)
  return Array.from({ length: pairs }, (_, pair) => {
    const difference = times[2 * pair + 1]! - times[2 * pair]!
    return order[2 * pair] === 'A' ? difference : -difference
  })
}
