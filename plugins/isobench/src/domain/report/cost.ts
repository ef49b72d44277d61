import type { CommitRecord } from '../../schema/record.ts'
import type { Member } from './members.ts'

/** What one commit cost. Tokens and money are null where an endpoint or a price list does not say. */
export interface CommitCost {
  readonly record: CommitRecord
  readonly calls: number
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly dollars: number | null
  readonly processes: number
  /** Wall time of all its processes, with those of its controls */
  readonly processSeconds: number
  /** Of them, those of the controls */
  readonly controlSeconds: number
  /** Whether the processes held an accelerator */
  readonly onAccelerator: boolean
}

/** A sum, and how many commits it leaves out because their part is not known. */
export interface Total {
  readonly sum: number
  readonly unknown: number
}

export function costOf({ record, measurement, runs }: Member): CommitCost {
  const { attempts, usage, cost_usd: dollars } = record.generation_config
  const controls = runs.filter((run) => run.plan_sha256 !== measurement.plan_sha256)
  return {
    record,
    calls: attempts.length,
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    dollars,
    processes: runs.length,
    processSeconds: wallSeconds(runs),
    controlSeconds: wallSeconds(controls),
    onAccelerator: measurement.fingerprint?.accelerator != null,
  }
}

/** The sum over the commits for which a model was called. */
export function totalOf(costs: readonly CommitCost[], key: 'inputTokens' | 'outputTokens' | 'dollars'): Total {
  const values = costs.filter(({ calls }) => calls > 0).map((cost) => cost[key])
  const known = values.filter((value) => value !== null)
  return { sum: known.reduce((sum, value) => sum + value, 0), unknown: values.length - known.length }
}

function wallSeconds(runs: Member['runs']): number {
  return runs.reduce((sum, run) => sum + run.wall_seconds, 0)
}
