import { canonicalJson } from '../../plugins/isobench/src/domain/canonical-json.ts'
import { decide } from '../../plugins/isobench/src/domain/decision.ts'
import { completePairs, countedPairs, parseRuns } from '../../plugins/isobench/src/domain/runs.ts'
import { secondaryMetrics } from '../../plugins/isobench/src/domain/secondary-metrics.ts'
import type { Plan } from '../../plugins/isobench/src/schema/run-bundle.ts'
import { pairsOfRatios, randomNumbers, samplePlan, sampleRuns } from './runs.ts'
import { mixedDataset } from './simulated-dataset.ts'
import { pairedRatios } from './simulation.ts'

/** What is kept of a measured commit: its plan, and its `runs.jsonl` with all 20 pairs. */
export interface RawRecord {
  readonly plan: Plan
  readonly runs: string
}

/** Everything that is drawn from the raw runs of a record, as text. */
export function decideAgain({ plan, runs: text }: RawRecord): string {
  const runs = parseRuns(text)
  const decision = decide(plan, runs)
  const pairs = countedPairs(completePairs(runs)).slice(0, decision.pairs)
  return canonicalJson({ decision, metrics: secondaryMetrics(plan, pairs) })
}

/** Raw runs of simulated commits. */
export function rawRecords(count: number, seed: number): RawRecord[] {
  const plan = samplePlan({ budget_seconds: 86_400 })
  const coin = randomNumbers(seed)
  return mixedDataset(count, seed).map(({ session }) => {
    const runs = sampleRuns(plan, pairsOfRatios(pairedRatios(session, 20, coin)))
    return { plan, runs: runs.map((run) => `${JSON.stringify(run)}\n`).join('') }
  })
}
