import { IsobenchError } from '../errors.ts'
import type { Decision, MeasurementFlag } from '../schema/measurement.ts'
import type { Look, Plan, Run } from '../schema/run-bundle.ts'
import { hodgesLehmann, median, standardDeviation, walshAverages } from './hodges-lehmann.ts'
import { type Seen, stageWiseProbability } from './p-value.ts'
import { detectableDeviations } from './power.ts'
import { runOutcome } from './run-outcome.ts'
import { type Pair, completePairs, logRatios, neighbourRatios } from './runs.ts'
import { intervalRank, signedRanks } from './signed-rank.ts'

/** Where the rule stops, and what it says there. */
export interface End {
  readonly verdict: Decision['verdict']
  readonly stoppedBy: NonNullable<Decision['stopped_by']>
  readonly pairs: number
}

/** Above this coefficient of variation of a fixed loop the machine itself is what varies. */
const unstableProbe = 0.05

/**
 * What the runs say of base against head: a pure function, so that a decision can be drawn again without measuring.
 * Looks at the pairs where the plan says and stops where `harness/rule.py` stopped (measure.md §3.4, §3.5).
 * @throws IsobenchError `corrupt-artifact` when the runs end before the rule does
 */
export function decide(plan: Plan, runs: readonly Run[]): Decision {
  if (runOutcome(plan, runs).status !== 'ok') return undecided('failure')
  const pairs = completePairs(runs)
  const end = endOf(plan, runs, pairs)
  if (end !== undefined) return describe(plan, runs, pairs.slice(0, end.pairs), end)
  throw new IsobenchError('corrupt-artifact', `the runs end before the rule does: ${pairs.length} pairs`, {
    hint: 'run the target again: it goes on at the next pair',
  })
}

/** Whether the rule has nothing more to measure. */
export function isFinished(plan: Plan, runs: readonly Run[]): boolean {
  return runOutcome(plan, runs).status !== 'ok' || endOf(plan, runs, completePairs(runs)) !== undefined
}

/** The decision where nothing can be said. */
export function undecided(stoppedBy: Decision['stopped_by']): Decision {
  return {
    verdict: 'unmeasured',
    pairs: 0,
    improvement: null,
    ci95: null,
    p_value: null,
    minimum_detectable_effect: null,
    noise_floor: null,
    pair_deviation: null,
    looks: [],
    exclusions: [],
    stopped_by: stoppedBy,
    flags: [],
  }
}

function endOf(plan: Plan, runs: readonly Run[], pairs: readonly Pair[]): End | undefined {
  const end = endAtLooks(plan, logRatios(pairs))
  if (end !== undefined) return end
  const spent = runs.reduce((sum, run) => sum + run.wall_seconds, 0)
  if (pairs.length === 0 || spent < plan.budget_seconds) return undefined
  return { verdict: 'inconclusive', stoppedBy: 'budget', pairs: pairs.length }
}

/** Where the looks end it, from ln(head/base) of each pair alone; undefined while it goes on. */
export function endAtLooks(plan: Plan, ratios: readonly number[]): End | undefined {
  for (const look of plan.looks.filter((each) => each.pairs <= ratios.length)) {
    const end = endAtLook(plan, look, ratios.slice(0, look.pairs))
    if (end !== undefined) return { ...end, pairs: look.pairs }
  }
  return undefined
}

function endAtLook(plan: Plan, look: Look, ratios: readonly number[]): Omit<End, 'pairs'> | undefined {
  const averages = walshAverages(ratios)
  const estimate = hodgesLehmann(averages)
  const deviation = standardDeviation(ratios)!
  const { positive, negative } = signedRanks(ratios)
  if (Math.min(positive, negative) <= look.critical && Math.abs(estimate) >= plan.minimum_effect) {
    return { verdict: estimate < 0 ? 'improved' : 'regressed', stoppedBy: 'decision' }
  }
  const [low, high] = [averages[look.interval_rank - 1]!, averages.at(-look.interval_rank)!]
  if (-plan.equivalence_margin <= low && high <= plan.equivalence_margin) {
    return { verdict: 'no-change', stoppedBy: 'equivalence' }
  }
  if (look === plan.looks.at(-1)) return { verdict: 'inconclusive', stoppedBy: 'pairs' }
  const { futility } = plan
  const futile = deviation > futility.deviation && Math.abs(estimate) < futility.detectable * deviation
  return futile ? { verdict: 'inconclusive', stoppedBy: 'futility' } : undefined
}

function describe(plan: Plan, runs: readonly Run[], pairs: readonly Pair[], { verdict, stoppedBy }: End): Decision {
  const looks = plan.looks.filter((look) => look.pairs <= pairs.length)
  const ratios = logRatios(pairs)
  const averages = walshAverages(ratios)
  const estimate = hodgesLehmann(averages)
  const rank = intervalRank(ratios.length)
  const deviation = standardDeviation(ratios)
  const factor = detectableDeviations(ratios.length)
  const detectable = factor === null || deviation === null ? null : factor * deviation
  const neighbours = neighbourRatios(pairs)
  return {
    verdict,
    pairs: pairs.length,
    improvement: improvement(estimate),
    ci95: rank === null ? null : [improvement(averages.at(-rank)!), improvement(averages[rank - 1]!)],
    p_value: probabilityOf(plan, ratios),
    minimum_detectable_effect: detectable === null ? null : -Math.expm1(-detectable),
    noise_floor: neighbours.length === 0 ? null : median(neighbours),
    pair_deviation: deviation,
    looks: looks.map((look) => look.pairs),
    exclusions: [],
    stopped_by: stoppedBy,
    flags: flags(runs, stoppedBy === 'decision' && detectable !== null && Math.abs(estimate) < detectable),
  }
}

/** The p value of a measurement that ended with these values of ln(head/base). */
export function probabilityOf(plan: Plan, ratios: readonly number[]): number {
  const looks = plan.looks.filter((look) => look.pairs <= ratios.length)
  return stageWiseProbability(
    plan.profile,
    looks.map((look) => seen(ratios.slice(0, look.pairs))),
    seen(ratios),
  )
}

/** The share of time that head saves: 1 − head/base, from ln(head/base). */
function improvement(logRatio: number): number {
  return -Math.expm1(logRatio)
}

function seen(ratios: readonly number[]): Seen {
  const { positive, negative } = signedRanks(ratios)
  return { pairs: ratios.length, smaller: Math.min(positive, negative) }
}

function flags(runs: readonly Run[], lowPower: boolean): MeasurementFlag[] {
  const timed = runs.filter((run) => run.purpose === 'pair')
  const probes = timed.flatMap((run) => run.probe_seconds ?? [])
  const probeMean = probes.reduce((sum, seconds) => sum + seconds, 0) / probes.length
  const unstable = (standardDeviation(probes) ?? 0) > unstableProbe * probeMean
  return [
    ...(lowPower ? ['low-power' as const] : []),
    ...(timed.some((run) => run.iterations_seconds.length === 1) ? ['single-shot' as const] : []),
    ...(unstable ? ['host-unstable' as const] : []),
  ]
}
