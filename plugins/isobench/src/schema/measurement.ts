import { z } from 'zod'
import { Outcome } from './outcome.ts'
import { Sandbox, Sha256 } from './primitives.ts'

/** What can be said of base against head. */
export const Verdict = z.enum(['improved', 'regressed', 'no-change', 'inconclusive', 'unmeasured'])
export type Verdict = z.infer<typeof Verdict>

/** What a reader must know beside the verdict. */
export const MeasurementFlag = z.enum([
  'low-power',
  'single-shot',
  'host-unstable',
  'not-comparable',
  'unsandboxed',
  'no-digest',
  'coverage-unknown',
])
export type MeasurementFlag = z.infer<typeof MeasurementFlag>

/** The machine, as read and never changed. */
export const Fingerprint = z.object({
  system: z.string().describe('e.g. `Linux 6.1.0 x86_64`'),
  cpu: z.string(),
  cores: z.int().positive(),
  memory_bytes: z.int().positive().nullable(),
  accelerator: z.object({ name: z.string(), driver: z.string(), uuid_sha256: Sha256 }).nullable(),
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
  stopped_by: z.enum(['decision', 'equivalence', 'futility', 'pairs', 'budget', 'failure']).nullable(),
  flags: z.array(MeasurementFlag),
})
export type Decision = z.infer<typeof Decision>

/** `out/measurement.json`: what was measured. Raw runs are in `out/runs.jsonl`. */
export const Measurement = z
  .object({
    schema_version: z.literal(1),
    outcome: Outcome,
    protocol: z.literal('abba-gs-wilcoxon/1'),
    profile: z.enum(['quick', 'standard', 'rigorous']),
    decision: Decision,
    samples: z.object({
      base: z.array(z.number().positive()).describe('Seconds, one a process, in pair order'),
      head: z.array(z.number().positive()),
    }),
    digest: z.enum(['match', 'mismatch', 'absent']).nullable(),
    functions_reached: z.object({ base: z.array(z.string()), head: z.array(z.string()) }).nullable(),
    peak_memory_bytes: z.object({ base: z.int().nullable(), head: z.int().nullable() }).nullable(),
    sandbox: Sandbox,
    fingerprint: Fingerprint.nullable(),
    runs_sha256: Sha256.nullable().describe('Digest of `runs.jsonl`'),
    plan_sha256: Sha256.nullable(),
  })
  .meta({ id: 'measurement', title: 'measurement.json' })
export type Measurement = z.infer<typeof Measurement>
