import type { CommitRecord } from '../schema/record.ts'

/** What the order, the card and the funnel need of a record: all that is held of every commit at the same time. */
export interface RecordSummary extends Pick<
  CommitRecord,
  | 'instance_id'
  | 'repository'
  | 'repository_url'
  | 'repository_license'
  | 'base_commit'
  | 'head_commit'
  | 'commit_date'
  | 'status'
  | 'stage'
  | 'reason'
  | 'verdict'
  | 'performance_improvement'
  | 'p_value'
> {
  readonly generation_config: Pick<
    CommitRecord['generation_config'],
    'origin' | 'provider' | 'model' | 'usage' | 'cost_usd'
  > & { readonly attempts: { readonly length: number } }
  /** How much the task gives away; null without a task */
  readonly task_leak: Pick<NonNullable<CommitRecord['task_leak']>, 'severity'> | null
  readonly environment: Record<'base' | 'head', { readonly source: string } | null>
  readonly measurement: Pick<
    CommitRecord['measurement'],
    'protocol' | 'profile' | 'sandbox' | 'flags' | 'fingerprint' | 'controls' | 'noise_floor'
  >
}

/** A value that stands for all equal ones. */
export type Interned = <Value>(value: Value) => Value

/** Keeps one of all equal values: of 100,000 commits most share their machine, their tools and their settings. */
export function interning(): Interned {
  const known = new Map<string, unknown>()
  return <Value>(value: Value): Value => {
    const key = JSON.stringify(value)
    if (!known.has(key)) known.set(key, value)
    return known.get(key) as Value
  }
}

/** A record without its texts and samples. */
export function summaryOf(record: CommitRecord, intern: Interned = (value) => value): RecordSummary {
  const { generation_config: generation, environment, measurement } = record
  return {
    instance_id: record.instance_id,
    repository: intern(record.repository),
    repository_url: intern(record.repository_url),
    repository_license: intern(record.repository_license),
    base_commit: record.base_commit,
    head_commit: record.head_commit,
    commit_date: record.commit_date,
    status: record.status,
    stage: record.stage,
    reason: record.reason,
    verdict: record.verdict,
    performance_improvement: record.performance_improvement,
    p_value: record.p_value,
    generation_config: intern({
      origin: generation.origin,
      provider: generation.provider,
      model: generation.model,
      usage: generation.usage,
      cost_usd: generation.cost_usd,
      attempts: { length: generation.attempts.length },
    }),
    task_leak: record.task_leak === null ? null : intern({ severity: record.task_leak.severity }),
    environment: intern({ base: sourceOf(environment.base), head: sourceOf(environment.head) }),
    measurement: {
      protocol: intern(measurement.protocol),
      profile: intern(measurement.profile),
      sandbox: measurement.sandbox,
      flags: intern(measurement.flags),
      fingerprint: intern(measurement.fingerprint),
      controls: intern(measurement.controls),
      noise_floor: measurement.noise_floor,
    },
  }
}

function sourceOf(side: CommitRecord['environment']['base']): { source: string } | null {
  return side === null ? null : { source: side.source }
}
