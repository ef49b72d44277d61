import { type Outcome, failed, ok } from '../schema/outcome.ts'
import type { Plan, Run } from '../schema/run-bundle.ts'
import { completePairs, countedPairs, exclusionsOf, reachedOn, sameDigest } from './runs.ts'

/**
 * Whether the runs can be compared at all. The first of these that holds is the outcome: a process failed, its output
 * differs from that of the same side, base and head compute different results, a side that has changed functions
 * reached none of them, not one pair was left undisturbed. `harness/rule.py` stops measuring for the same reasons.
 */
export function runOutcome(plan: Plan, runs: readonly Run[]): Outcome {
  const broken = runs.find((run) => run.result !== 'ok')
  if (broken !== undefined && broken.result !== 'ok') {
    return failed(broken.result, `${broken.purpose} process: ${broken.message ?? broken.result}`, broken.side)
  }
  return outputOutcome(runs) ?? reachOutcome(plan, runs) ?? machineOutcome(plan, runs) ?? ok
}

function outputOutcome(runs: readonly Run[]): Outcome | undefined {
  const odd = runs.find((run) => !sameDigest(runs[0]!.digest, run.digest))
  if (odd === undefined) return undefined
  const sameSide = runs.find((run) => run.side === odd.side && run !== odd && run.index < odd.index)
  if (sameSide !== undefined && !sameDigest(sameSide.digest, odd.digest)) {
    return failed('contract-violated', 'digest() differs between two processes of one side', odd.side)
  }
  return failed('output-differs', 'base and head give different results for digest()')
}

function reachOutcome(plan: Plan, runs: readonly Run[]): Outcome | undefined {
  for (const side of ['base', 'head'] as const) {
    const names = plan.functions
      .filter(({ sides }) => sides.includes(side))
      .map(({ module, name }) => `${module}.${name}`)
    if (names.length === 0 || reachedOn(side, runs)?.length !== 0) continue
    const shown = names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')
    return failed('change-not-exercised', `none of the changed functions ran: ${shown}`, side)
  }
  return undefined
}

/** Measuring ends when too many pairs are excluded before the first look; without a single one that counts there is nothing to say. */
function machineOutcome(plan: Plan, runs: readonly Run[]): Outcome | undefined {
  const enough = plan.looks[0]!.most_excluded + 1
  const pairs = completePairs(runs).slice(0, enough)
  if (pairs.length < enough || countedPairs(pairs).length > 0) return undefined
  const reasons = exclusionsOf(pairs).map(({ reason, pairs: count }) => `${reason} ${count}`)
  return failed('host-unstable', `every pair was disturbed: ${reasons.join(', ')}`)
}
