import { type Funnel, Reason, Verdict } from '../schema/index.ts'
import type { RecordSummary } from './record-summary.ts'

const stages = ['analyze', 'install-wheel', 'generate-test', 'run-gpu'] as const

/**
 * Where commits were lost and why, from the outcome that each record carries. Every commit is counted: it either ends
 * at one stage for one reason or is measured.
 */
export function funnelOf(records: readonly RecordSummary[]): Funnel {
  let entered = records.length
  return {
    schema_version: 1,
    commits: records.length,
    stages: stages.map((stage) => {
      const reasons = records.flatMap((record) =>
        record.stage === stage && record.reason !== null ? [record.reason] : [],
      )
      const passed = entered - reasons.length
      const row = { stage, entered, passed, lost: countedReasons(reasons) }
      entered = passed
      return row
    }),
    verdicts: Verdict.options.map((verdict) => ({
      verdict,
      commits: records.filter((record) => record.verdict === verdict).length,
    })),
  }
}

/** Most frequent first; equally frequent ones in the order of the table of reasons. */
function countedReasons(reasons: readonly Reason[]): { reason: Reason; commits: number }[] {
  return Reason.options
    .map((reason) => ({ reason, commits: reasons.filter((other) => other === reason).length }))
    .filter(({ commits }) => commits > 0)
    .toSorted((a, b) => b.commits - a.commits)
}
