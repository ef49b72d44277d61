import { z } from 'zod'
import { Outcome } from './outcome.ts'
import { Sandbox, Sha256 } from './primitives.ts'
import { DependencySource } from './repository.ts'
import { ControlKind, ExclusionReason } from './run-bundle.ts'

/** What can be said of base against head. */
export const Verdict = z.enum(['improved', 'regressed', 'no-change', 'inconclusive', 'unmeasured'])
export type Verdict = z.infer<typeof Verdict>

/** What a reader must know beside the verdict. */
export const MeasurementFlag = z.enum([
  'low-power',
  'single-shot',
  'host-unstable',
  'many-exclusions',
  'not-comparable',
  'unsandboxed',
  'no-digest',
  'coverage-unknown',
  'host-dependencies',
])
export type MeasurementFlag = z.infer<typeof MeasurementFlag>

/** A GPU with the settings of its owner, as read and never changed; null where the device does not say. */
const Accelerator = z.object({
  name: z.string(),
  driver: z.string(),
  uuid_sha256: Sha256,
  vbios: z.string().nullable(),
  power_limit_watts: z.number().nullable(),
  maximum_sm_clock_mhz: z.int().nullable(),
  application_sm_clock_mhz: z.int().nullable(),
  persistence: z.boolean().nullable(),
  ecc: z.boolean().nullable(),
  mig: z.boolean().nullable(),
})

/** The machine, as read and never changed. */
export const Fingerprint = z.object({
  system: z.string().describe('e.g. `Linux 6.1.0 x86_64`'),
  cpu: z.string(),
  cores: z.int().positive(),
  memory_bytes: z.int().positive().nullable(),
  accelerator: Accelerator.nullable(),
  harness_python: z.string(),
})
export type Fingerprint = z.infer<typeof Fingerprint>

/** The decision over all pairs. Effects are relative: 0.14 is 14 % less time on head. */
export const Decision = z.object({
  verdict: Verdict,
  pairs: z.int().min(0),
  improvement: z.number().nullable().describe('1 − exp(Hodges–Lehmann estimate of ln(head/base))'),
  ci95: z.tuple([z.number(), z.number()]).nullable().describe('Walsh interval of the improvement'),
  p_value: z.number().nullable().describe('Two-sided exact Wilcoxon signed-rank, adjusted for the looks taken'),
  minimum_detectable_effect: z.number().nullable().describe('At 80 % power with these pairs'),
  noise_floor: z.number().nullable().describe('Median |ln ratio| of neighbouring processes of one side'),
  pair_deviation: z.number().nullable().describe('Standard deviation of ln(head/base) over the pairs'),
  looks: z.array(z.int()).describe('Pairs at which the rule looked'),
  exclusions: z
    .array(z.object({ reason: ExclusionReason, pairs: z.int().positive() }))
    .describe('Pairs that do not count, each under the reason of its first process that has one'),
  stopped_by: z.enum(['decision', 'equivalence', 'futility', 'pairs', 'budget', 'exclusions', 'failure']).nullable(),
  flags: z.array(MeasurementFlag),
})
export type Decision = z.infer<typeof Decision>

/**
 * A figure besides the time, compared over the same pairs. It never changes the verdict: where measuring stopped was
 * decided by the time alone.
 */
export const SecondaryMetric = z.object({
  name: z.string().describe('As `metrics(result)` of the test calls it, or one that the harness takes itself'),
  better: z.enum(['lower', 'higher']),
  base: z.number().nullable().describe('Median over the processes; null when one of them has no value'),
  head: z.number().nullable(),
  improvement: z
    .number()
    .nullable()
    .describe(
      'By Hodges–Lehmann: 0.14 is 14 % less where lower is better, 14 % more where higher is; below 0 is worse',
    ),
  ci95: z.tuple([z.number(), z.number()]).nullable().describe('Walsh interval of the improvement'),
  p_value: z.number().nullable().describe('Two-sided exact Wilcoxon signed-rank, adjusted for the looks'),
  p_holm: z.number().nullable().describe('The same, adjusted by Holm for all metrics of the commit'),
})
export type SecondaryMetric = z.infer<typeof SecondaryMetric>

/** An A/A control: base measured against base by the same rule. Verdicts other than `no-change` and `inconclusive` are false. */
export const Control = z.object({
  kind: ControlKind,
  outcome: Outcome,
  decision: Decision,
  plan_sha256: Sha256.describe('Its runs stand in `runs.jsonl` under this plan'),
})
export type Control = z.infer<typeof Control>

/** How restless the host was; what it takes for the flag `host-unstable` stands in `domain/host-noise.ts`. */
const HostNoise = z.object({
  probe: z.number().nullable().describe('Coefficient of variation of a fixed loop in each process'),
  spin: z.number().nullable().describe('The same of a loop of 0.2 s before each block'),
  lost: z.number().nullable().describe('Share of that loop lost to interruptions'),
  steal: z.number().nullable().describe('Share of the processor time that a hypervisor gave to others'),
  others: z.number().nullable().describe('Share of the processor time that other programs used'),
})
export type HostNoise = z.infer<typeof HostNoise>

const MeasuredSide = z.object({
  python: z.string(),
  packages: z.record(z.string(), z.string()).describe('Every distribution that the test imported, name to version'),
})

/** `out/measurement.json`: what was measured. Raw runs are in `out/runs.jsonl`. */
export const Measurement = z
  .object({
    schema_version: z.literal(1),
    outcome: Outcome,
    protocol: z.literal('abba-gs-wilcoxon/1'),
    profile: z.enum(['quick', 'standard', 'rigorous']),
    session: z.int().min(1).describe('Above 1: it was measured again'),
    decision: Decision,
    samples: z.object({
      base: z.array(z.number().positive()).describe('Seconds, one a process, in pair order'),
      head: z.array(z.number().positive()),
    }),
    secondary_metrics: z.array(SecondaryMetric).describe('By name'),
    controls: z.array(Control).describe('Never part of the decision above'),
    digest: z.enum(['match', 'mismatch', 'absent']).nullable(),
    functions_reached: z.object({ base: z.array(z.string()), head: z.array(z.string()) }).nullable(),
    peak_memory_bytes: z.object({ base: z.int().nullable(), head: z.int().nullable() }).nullable(),
    sandbox: Sandbox,
    fingerprint: Fingerprint.nullable(),
    host_noise: HostNoise.nullable(),
    installed: z
      .object({ dependencies: DependencySource, base: MeasuredSide, head: MeasuredSide })
      .nullable()
      .describe('What the measuring machine installed from a run bundle; null where `environment.json` says it'),
    runs_sha256: Sha256.nullable().describe('Digest of `runs.jsonl`'),
    plan_sha256: Sha256.nullable(),
  })
  .meta({ id: 'measurement', title: 'measurement.json' })
export type Measurement = z.infer<typeof Measurement>
