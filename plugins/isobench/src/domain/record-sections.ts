import type { Environment, InstalledSide } from '../schema/environment.ts'
import type { Generation } from '../schema/generation.ts'
import type { Control, Measurement } from '../schema/measurement.ts'
import type { CommitRecord } from '../schema/record.ts'
import { canonicalJsonLine } from './canonical-json.ts'
import { differenceOf } from './difference.ts'

/** How the efficiency test came about, as the record keeps it. */
export function generationSection(generation: Generation): CommitRecord['generation_config'] {
  return {
    origin: generation.origin,
    provider: generation.provider,
    model: generation.model,
    prompt_sha256: generation.prompt_sha256,
    parameters_json: canonicalJsonLine(generation.parameters),
    attempts: generation.attempts,
    usage: generation.usage,
    cost_usd: generation.cost_usd,
  }
}

/** What was installed on both sides, as the record keeps it; `measured` is what another machine made of it. */
export function environmentSection(
  environment: Environment,
  measured: Measurement['installed'],
): CommitRecord['environment'] {
  const { installer } = environment
  return {
    installer: installer === null ? null : `${installer.name} ${installer.version}`,
    platform: environment.platform,
    cutoff: environment.cutoff,
    comparable: environment.comparable,
    base: sideSection(environment.base, measured?.base),
    head: sideSection(environment.head, measured?.head),
    attempts: environment.attempts,
  }
}

function sideSection(
  side: InstalledSide | null,
  measured: NonNullable<Measurement['installed']>['base'] | undefined,
): CommitRecord['environment']['base'] {
  if (side === null) return null
  return {
    wheel_url: side.wheel.location,
    wheel_sha256: side.wheel.sha256,
    wheel_generator: side.wheel.generator,
    build_cutoff: side.wheel.build_cutoff,
    overlay: side.wheel.overlay,
    version: side.version,
    source: side.rung,
    identity: side.identity,
    python: measured?.python ?? side.python,
    torch: measured?.packages['torch'] ?? side.torch,
    lock_sha256: side.lock_sha256,
  }
}

/** The figures of a measurement; none where it does not count. Times of an unmeasured commit stay in `runs.jsonl`. */
export function figures(
  { decision, samples }: Measurement,
  counts: boolean,
): Pick<
  CommitRecord,
  'base_performance' | 'head_performance' | 'performance_improvement' | 'ci95' | 'p_value' | 'verdict' | 'status'
> {
  return {
    base_performance: counts ? samples.base : [],
    head_performance: counts ? samples.head : [],
    performance_improvement: counts ? decision.improvement : null,
    ci95: counts ? decision.ci95 : null,
    p_value: counts ? decision.p_value : null,
    verdict: counts ? decision.verdict : 'unmeasured',
    status: counts ? 'measured' : 'unmeasured',
  }
}

function controlRow({ kind, decision }: Control): CommitRecord['measurement']['controls'][number] {
  const { verdict, pairs, improvement, ci95, p_value } = decision
  return { kind, verdict, pairs, improvement, ci95, p_value }
}

/** What the measurement says of itself; a stage that was skipped ran nothing, so it has no protocol and no sandbox. */
export function measurementSection(measurement: Measurement): CommitRecord['measurement'] {
  const { decision, outcome } = measurement
  const ran = outcome.status !== 'skipped'
  return {
    protocol: ran ? measurement.protocol : null,
    profile: ran ? measurement.profile : null,
    session: ran ? measurement.session : null,
    pairs: decision.pairs,
    minimum_detectable_effect: decision.minimum_detectable_effect,
    noise_floor: decision.noise_floor,
    exclusions: decision.exclusions,
    stopped_by: decision.stopped_by,
    flags: decision.flags,
    secondary_metrics: measurement.secondary_metrics,
    controls: measurement.controls.map(controlRow),
    digest: measurement.digest,
    functions_reached: measurement.functions_reached,
    peak_memory_bytes: measurement.peak_memory_bytes,
    sandbox: ran ? measurement.sandbox : null,
    fingerprint: measurement.fingerprint,
  }
}

/**
 * Where a record says something else than the measurement it names, as a path; null where it does not. A record comes
 * out of a cache, so that its digests agree does not yet mean that its figures do.
 */
export function unlikeMeasurement(record: CommitRecord, measurement: Measurement): string | null {
  const measured = measurement.outcome.status === 'ok'
  const expected = { ...figures(measurement, measured), measurement: measurementSection(measurement) }
  const said = Object.fromEntries(Object.keys(expected).map((key) => [key, record[key as keyof typeof expected]]))
  return differenceOf(said, expected)
}
