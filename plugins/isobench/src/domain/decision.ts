import { IsobenchError } from '../errors.ts'
import { type Decision, MeasurementFlag } from '../schema/measurement.ts'
import type { Look, Plan, Run } from '../schema/run-bundle.ts'
import { effectOf, improvementOf } from './effect.ts'
import { hodgesLehmann, median, robustDeviation, standardDeviation, walshAverages } from './hodges-lehmann.ts'
import { hostNoise, isHostUnstable } from './host-noise.ts'
import { type Seen, stageWiseProbability } from './p-value.ts'
import { detectableDeviations } from './power.ts'
import { runOutcome } from './run-outcome.ts'
import { type Pair, completePairs, countedPairs, exclusionOf, exclusionsOf, logRatio, neighbourRatios } from './runs.ts'
import { signedRanks } from './signed-rank.ts'

/** Where the rule stops, and what it says there. */
export interface End {
  readonly verdict: Decision['verdict']
  readonly stoppedBy: NonNullable<Decision['stopped_by']>
  /** That count */
  readonly pairs: number
  /** That were measured until then, with those that are excluded */
  readonly measured: number
}

/**
 * What the runs say of base against head: a pure function, so that a decision can be drawn again without measuring.
 * Looks at the pairs where the plan says and stops where `harness/rule.py` stopped (measure.md §3.4, §3.5).
 * @throws IsobenchError `corrupt-artifact` when the runs end before the rule does
 */
export function decide(plan: Plan, runs: readonly Run[]): Decision {
  const outcome = runOutcome(plan, runs)
  if (outcome.status !== 'ok') return undecided(outcome.reason === 'host-unstable' ? 'exclusions' : 'failure')
  const pairs = completePairs(runs)
  const end = endOf(plan, runs, pairs)
  if (end !== undefined) return describe(plan, runs, pairs.slice(0, end.measured), end)
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
  const end = endAtLooks(
    plan,
    pairs.map((pair) => (exclusionOf(pair) === undefined ? logRatio(pair) : null)),
  )
  if (end !== undefined) return end
  const counted = countedPairs(pairs).length
  const spent = runs.reduce((sum, run) => sum + run.wall_seconds, 0)
  if (counted === 0 || spent < plan.budget_seconds) return undefined
  return { verdict: 'inconclusive', stoppedBy: 'budget', pairs: counted, measured: pairs.length }
}

/** Where the looks end it, from ln(head/base) of each pair alone, null for an excluded one; undefined while it goes on. */
export function endAtLooks(plan: Plan, outcomes: readonly (number | null)[]): End | undefined {
  const ratios: number[] = []
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome !== null) ratios.push(outcome)
    const end = outcome === null ? endByExclusions(plan, ratios.length, index + 1) : endAfter(plan, ratios)
    if (end !== undefined) return { ...end, pairs: ratios.length, measured: index + 1 }
  }
  return undefined
}

function endByExclusions(plan: Plan, counted: number, measured: number): Omit<End, 'pairs' | 'measured'> | undefined {
  const next = plan.looks.find((look) => look.pairs > counted)
  if (next === undefined || measured - counted <= next.most_excluded) return undefined
  return { verdict: 'inconclusive', stoppedBy: 'exclusions' }
}

function endAfter(plan: Plan, ratios: readonly number[]): Omit<End, 'pairs' | 'measured'> | undefined {
  const look = plan.looks.find(({ pairs }) => pairs === ratios.length)
  return look === undefined ? undefined : endAtLook(plan, look, ratios)
}

function endAtLook(plan: Plan, look: Look, ratios: readonly number[]): Omit<End, 'pairs' | 'measured'> | undefined {
  const averages = walshAverages(ratios)
  const estimate = hodgesLehmann(averages)
  const { smaller } = seen(ratios)
  if (smaller <= look.critical && Math.abs(estimate) >= plan.minimum_effect) {
    return { verdict: estimate < 0 ? 'improved' : 'regressed', stoppedBy: 'decision' }
  }
  const [low, high] = [averages[look.interval_rank - 1]!, averages.at(-look.interval_rank)!]
  if (-plan.equivalence_margin <= low && high <= plan.equivalence_margin) {
    return { verdict: 'no-change', stoppedBy: 'equivalence' }
  }
  if (look === plan.looks.at(-1)) return { verdict: 'inconclusive', stoppedBy: 'pairs' }
  const futile = robustDeviation(ratios) > plan.futility.deviation && smaller > look.promising
  return futile ? { verdict: 'inconclusive', stoppedBy: 'futility' } : undefined
}

function describe(plan: Plan, runs: readonly Run[], measured: readonly Pair[], { verdict, stoppedBy }: End): Decision {
  const pairs = countedPairs(measured)
  const looks = plan.looks.filter((look) => look.pairs <= pairs.length)
  const ratios = pairs.map(logRatio)
  const effect = effectOf(ratios)
  const deviation = standardDeviation(ratios)
  const factor = detectableDeviations(ratios.length)
  const detectable = factor === null || deviation === null ? null : factor * deviation
  const neighbours = neighbourRatios(pairs)
  return {
    verdict,
    pairs: pairs.length,
    ...improvementOf(effect, 'lower'),
    p_value: probabilityOf(plan, ratios),
    minimum_detectable_effect: detectable === null ? null : -Math.expm1(-detectable),
    noise_floor: neighbours.length === 0 ? null : median(neighbours),
    pair_deviation: deviation,
    looks: looks.map((look) => look.pairs),
    exclusions: exclusionsOf(measured),
    stopped_by: stoppedBy,
    flags: flags(runs, {
      'low-power': stoppedBy === 'decision' && detectable !== null && Math.abs(effect.estimate) < detectable,
      'many-exclusions': stoppedBy === 'exclusions',
    }),
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

function seen(ratios: readonly number[]): Seen {
  const { positive, negative } = signedRanks(ratios)
  return { pairs: ratios.length, smaller: Math.min(positive, negative) }
}

function flags(runs: readonly Run[], found: Partial<Record<MeasurementFlag, boolean>>): MeasurementFlag[] {
  const timed = runs.filter((run) => run.purpose === 'pair')
  const all: Partial<Record<MeasurementFlag, boolean>> = {
    ...found,
    'single-shot': timed.some((run) => run.iterations_seconds.length === 1),
    'host-unstable': isHostUnstable(hostNoise(runs)),
  }
  return MeasurementFlag.options.filter((flag) => all[flag] === true)
}
