import type { MeasurementSettings } from '../schema/measurement-settings.ts'
import { nullDistribution } from './null-distribution.ts'
import { profiles } from './profiles.ts'
import { signedRankProbability } from './signed-rank.ts'

/** What a look saw. */
export interface Seen {
  readonly pairs: number
  /** min(W+, W−) */
  readonly smaller: number
}

/**
 * Two-sided p value of a sequential signed-rank test, by stage-wise ordering: how likely base and head, if the same,
 * would have been rejected earlier or have looked at least as different at this look. When an earlier look already
 * passed its critical value (but measuring went on, because the effect was below the smallest that counts), that look
 * gives the p value. A stop between looks (budget) has no table: what was spent plus the p value of a single look bounds it.
 * @param looks the looks taken, in order
 * @param last what there is at the end
 */
export function stageWiseProbability(
  profile: MeasurementSettings['profile'],
  looks: readonly Seen[],
  last: Seen,
): number {
  const planned = profiles[profile].looks
  const seen =
    looks.find(({ pairs, smaller }) => smaller <= planned.find((look) => look.pairs === pairs)!.critical) ?? last
  const stage = planned.findIndex((look) => look.pairs === seen.pairs)
  if (stage >= 0) return nullDistribution[profile][stage]![Math.floor(seen.smaller)] ?? 1
  const before = planned.findLastIndex((look) => look.pairs < seen.pairs)
  const spent = before < 0 ? 0 : nullDistribution[profile][before]![planned[before]!.critical]!
  return Math.min(1, spent + signedRankProbability(seen.pairs, seen.smaller))
}
