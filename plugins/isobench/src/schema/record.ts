import { z } from 'zod'
import { CandidateFlag } from './analysis.ts'
import { InstalledSide } from './environment.ts'
import { Attempt, Usage } from './generation.ts'
import { Decision, Fingerprint, MeasurementFlag, Verdict } from './measurement.ts'
import { Reason, Side } from './outcome.ts'
import { CommitHash, Instant, Sha256 } from './primitives.ts'

/** One side of the environment, as the record keeps it. */
export const RecordSide = z.object({
  wheel_url: z.string(),
  wheel_sha256: Sha256,
  version: z.string(),
  source: InstalledSide.shape.rung,
  identity: InstalledSide.shape.identity,
  python: z.string(),
  torch: z.string().nullable(),
  lock_sha256: Sha256,
})

/** `out/record.json`: the one row of a commit, in canonical form. Always there, whatever happened. */
export const CommitRecord = z
  .object({
    schema_version: z.literal(1),
    instance_id: z.string().describe('`<repository>-<sha8>`'),
    repository: z.string(),
    base_commit: CommitHash.nullable(),
    head_commit: CommitHash,
    commit_subject: z.string(),
    commit_message: z.string(),
    commit_date: Instant,
    change_class: z.enum(['kernel', 'model', 'runtime', 'other']),
    candidate_flags: z.array(CandidateFlag),
    files_changed: z.array(z.string()),
    affected_apis: z.array(z.string()),
    efficiency_test: z.string().nullable().describe('The whole script; it runs by itself'),
    base_performance: z.array(z.number().positive()).describe('Seconds, one a process'),
    head_performance: z.array(z.number().positive()).describe('Seconds, one a process'),
    performance_improvement: z.number().nullable().describe('1 − head/base by Hodges–Lehmann; 0.14 is 14 % less time'),
    ci95: z.tuple([z.number(), z.number()]).nullable(),
    p_value: z.number().nullable(),
    verdict: Verdict,
    test_passed: z.boolean().describe('Whether the test ran to its end on both sides with equal output'),
    status: z.enum(['measured', 'unmeasured']),
    stage: z
      .enum(['analyze', 'install-wheel', 'generate-test', 'run-gpu'])
      .nullable()
      .describe('Where it ended when unmeasured'),
    reason: Reason.nullable(),
    reason_side: Side.nullable(),
    reason_message: z.string().nullable(),
    generation_config: z.object({
      origin: z.enum(['reviewed', 'model']).nullable(),
      provider: z.string().nullable(),
      model: z.string().nullable(),
      prompt_sha256: Sha256.nullable(),
      parameters_json: z.string().describe('Request parameters as canonical JSON'),
      attempts: z.array(Attempt),
      usage: Usage,
      cost_usd: z.number().nullable(),
    }),
    environment: z.object({
      installer: z.string().nullable().describe('e.g. `uv 0.13.8`'),
      comparable: z.boolean(),
      base: RecordSide.nullable(),
      head: RecordSide.nullable(),
    }),
    measurement: z.object({
      protocol: z.string().nullable(),
      profile: z.string().nullable(),
      pairs: z.int(),
      minimum_detectable_effect: z.number().nullable(),
      noise_floor: z.number().nullable(),
      stopped_by: Decision.shape.stopped_by,
      flags: z.array(MeasurementFlag),
      digest: z.enum(['match', 'mismatch', 'absent']).nullable(),
      sandbox: z.enum(['bubblewrap', 'none']).nullable(),
      fingerprint: Fingerprint.nullable(),
    }),
    provenance: z.object({
      tool: z.string().describe('e.g. `nx-isobench 0.1.0`'),
      analysis_sha256: Sha256,
      environment_sha256: Sha256,
      generation_sha256: Sha256,
      measurement_sha256: Sha256,
      runs_sha256: Sha256.nullable(),
    }),
  })
  .meta({ id: 'record', title: 'record.json' })
export type CommitRecord = z.infer<typeof CommitRecord>
