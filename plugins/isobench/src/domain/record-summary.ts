import type { CommitRecord } from '../schema/record.ts'

/** What the order, the card and the funnel need of a record: all that is held of every commit at the same time. */
export type RecordSummary = Pick<
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
> & {
  readonly generation_config: Pick<
    CommitRecord['generation_config'],
    'origin' | 'provider' | 'model' | 'usage' | 'cost_usd'
  > & { readonly attempts: { readonly length: number } }
  readonly environment: Record<'base' | 'head', { readonly source: string } | null>
  readonly measurement: Pick<
    CommitRecord['measurement'],
    'protocol' | 'profile' | 'sandbox' | 'flags' | 'fingerprint' | 'controls' | 'noise_floor'
  >
}

/** A record without its texts and samples. */
export function summaryOf(record: CommitRecord): RecordSummary {
  const { generation_config: generation, environment, measurement } = record
  return {
    instance_id: record.instance_id,
    repository: record.repository,
    repository_url: record.repository_url,
    repository_license: record.repository_license,
    base_commit: record.base_commit,
    head_commit: record.head_commit,
    commit_date: record.commit_date,
    status: record.status,
    stage: record.stage,
    reason: record.reason,
    verdict: record.verdict,
    performance_improvement: record.performance_improvement,
    p_value: record.p_value,
    generation_config: {
      origin: generation.origin,
      provider: generation.provider,
      model: generation.model,
      usage: generation.usage,
      cost_usd: generation.cost_usd,
      attempts: { length: generation.attempts.length },
    },
    environment: { base: sourceOf(environment.base), head: sourceOf(environment.head) },
    measurement: {
      protocol: measurement.protocol,
      profile: measurement.profile,
      sandbox: measurement.sandbox,
      flags: measurement.flags,
      fingerprint: measurement.fingerprint,
      controls: measurement.controls,
      noise_floor: measurement.noise_floor,
    },
  }
}

function sourceOf(side: CommitRecord['environment']['base']): { source: string } | null {
  return side === null ? null : { source: side.source }
}
