import { hodgesLehmann, walshAverages } from './hodges-lehmann.ts'
import { intervalRank } from './signed-rank.ts'

/** Where the centre of values of ln(head/base) lies. */
export interface Effect {
  readonly estimate: number
  /** 95 %; null below 6 values, where even the extremes do not reach that */
  readonly interval: readonly [low: number, high: number] | null
}

/** The Hodges–Lehmann estimate and the Walsh interval of at least one value. */
export function effectOf(logRatios: readonly number[]): Effect {
  const averages = walshAverages(logRatios)
  const rank = intervalRank(logRatios.length)
  const interval = rank === null ? null : ([averages[rank - 1]!, averages.at(-rank)!] as const)
  return { estimate: hodgesLehmann(averages), interval }
}

/** An effect as a share of base, above zero where head is better: 0.14 is 14 % less, or 14 % more where higher is better. */
export function improvementOf({ estimate, interval }: Effect, better: 'lower' | 'higher') {
  const share = (logRatio: number) => (better === 'lower' ? -Math.expm1(logRatio) : Math.expm1(logRatio))
  const ends = interval?.map(share).toSorted((a, b) => a - b)
  return { improvement: share(estimate), ci95: ends === undefined ? null : ([ends[0]!, ends[1]!] as [number, number]) }
}
