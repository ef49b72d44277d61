import { z } from 'zod'
import { CandidateFlag } from './analysis.ts'
import { Commit } from './commit.ts'
import { InstalledSide, Overlay, WheelAttempt } from './environment.ts'
import { Attempt, Usage } from './generation.ts'
import { Leak } from './leak.ts'
import { Decision, Fingerprint, MeasurementFlag, SecondaryMetric, Verdict } from './measurement.ts'
import { Reason, Side } from './outcome.ts'
import { CommitHash, Instant, Sandbox, Sha256 } from './primitives.ts'
import { ControlKind, ExclusionReason } from './run-bundle.ts'

/** One side of the environment, as the record keeps it. */
const RecordSide = z.strictObject({
  wheel_url: z.string().describe('Where the wheel came from, or `build:<commit>` or `overlay:<commit>`'),
  wheel_sha256: Sha256.describe('Digest of the wheel'),
  wheel_generator: InstalledSide.shape.wheel.shape.generator,
  build_cutoff: InstalledSide.shape.wheel.shape.build_cutoff,
  overlay: z
    .strictObject(Overlay.shape)
    .nullable()
    .describe(
      'The wheel of an ancestor that the files of the commit were written over; null: it is used as it was made',
    ),
  version: z.string().describe('Version that the environment itself reports'),
  source: InstalledSide.shape.rung.describe('By which rung of the ladder the wheel came'),
  identity: InstalledSide.shape.identity.describe('What proves that this is the commit'),
  python: z.string().describe('Version of the interpreter'),
  torch: z.string().nullable().describe('Version of torch, where it is installed'),
  lock_sha256: Sha256.describe('Digest of the lock of all dependencies'),
})

/** A value for each side of the comparison. */
const bothSides = <Value extends z.ZodType>(value: Value) => z.strictObject({ base: value, head: value })

/** `out/record.json`: the one row of a commit, in canonical form. Always there, whatever happened. */
export const CommitRecord = z
  .strictObject({
    schema_version: z.literal(1).describe('Version of this table'),
    instance_id: z.string().min(1).describe('`<repository>-<sha8>`'),
    repository: z.string().describe('Name of the repository in the workspace'),
    repository_url: z.string().nullable().describe('Where it is cloned from; null for an embedded one'),
    repository_license: z.string().nullable().describe('SPDX identifier of the code, where it is known'),
    base_commit: CommitHash.nullable().describe('What head is compared with; null for a commit without a parent'),
    head_commit: CommitHash.describe('The commit that claims to be faster'),
    commit_subject: z.string().describe('First line of the message'),
    commit_message: z.string().describe('The whole message'),
    commit_date: Instant.describe('Committer date in UTC'),
    claim: z.string().nullable().describe('What the commit claims, in the words of `commit.yaml`'),
    notes: z.string().nullable().describe('What else a reader should know'),
    task: z.string().nullable().describe('Text that poses the task to an agent, in the words of `commit.yaml`'),
    task_leak: Leak.nullable().describe('What the task gives away of the change; null without a task'),
    expected_verdict: Commit.shape.expect
      .unwrap()
      .nullable()
      .describe('The verdict a person expected before measuring; never used'),
    change_class: z.enum(['kernel', 'model', 'runtime', 'other']).describe('What kind of code changed'),
    candidate_flags: z.array(CandidateFlag).describe('Why the commit may be no candidate'),
    files_changed: z.array(z.string()).describe('Paths at head; at base for deleted files'),
    affected_apis: z.array(z.string()).describe('Importable dotted names, most changed first'),
    efficiency_test: z.string().nullable().describe('The whole script; it runs by itself'),
    base_performance: z
      .array(z.number().positive())
      .describe('Seconds, one a process, in pair order; empty when unmeasured'),
    head_performance: z
      .array(z.number().positive())
      .describe('Seconds, one a process, in pair order; empty when unmeasured'),
    performance_improvement: z.number().nullable().describe('1 − head/base by Hodges–Lehmann; 0.14 is 14 % less time'),
    ci95: z.tuple([z.number(), z.number()]).nullable().describe('95 % interval of the improvement: low, high'),
    p_value: z.number().nullable().describe('Two-sided exact Wilcoxon signed-rank, adjusted for the looks taken'),
    verdict: Verdict.describe('What can be said of base against head'),
    test_passed: z.boolean().describe('Whether the test ran to its end on both sides with equal output'),
    status: z.enum(['measured', 'unmeasured']).describe('Whether there is a measurement that counts'),
    stage: z
      .enum(['analyze', 'install-wheel', 'generate-test', 'run-gpu'])
      .nullable()
      .describe('Where it ended when unmeasured'),
    reason: Reason.nullable().describe('Why it is unmeasured; docs/outcomes.md explains each'),
    reason_side: Side.nullable().describe('The side at fault, where one is'),
    reason_message: z.string().nullable().describe('The reason in one line for a person'),
    generation_config: z
      .strictObject({
        origin: z
          .enum(['reviewed', 'model', 'template'])
          .nullable()
          .describe('Who wrote the test: a person, a model, or a workload of the settings; null when there is none'),
        provider: z.string().nullable().describe('Host of the endpoint'),
        model: z.string().nullable().describe('The model that was asked for'),
        prompt_sha256: Sha256.nullable().describe('Digest of the prompt templates'),
        parameters_json: z.string().describe('Request parameters as canonical JSON'),
        attempts: z.array(Attempt).describe('Every model call, in order'),
        usage: Usage.describe('Tokens, sum over the attempts; null where the endpoint does not say'),
        cost_usd: z.number().nullable().describe('US dollars; null where the price is unknown'),
      })
      .describe('How the efficiency test came about'),
    environment: z
      .strictObject({
        installer: z.string().nullable().describe('e.g. `uv 0.13.8`'),
        platform: z.string().nullable().describe('e.g. `linux-x86_64`'),
        cutoff: Instant.nullable().describe('Dependencies newer than this were not considered'),
        comparable: z.boolean().describe('Whether both sides came by the same rung'),
        base: RecordSide.nullable().describe('What was installed at base'),
        head: RecordSide.nullable().describe('What was installed at head'),
        attempts: bothSides(z.array(WheelAttempt)).describe('Every place that was asked for a wheel, in order'),
      })
      .describe('What was installed on both sides'),
    measurement: z
      .strictObject({
        protocol: z.string().nullable().describe('Name and version; null when nothing was run'),
        profile: z.string().nullable().describe('`quick`, `standard` or `rigorous`'),
        session: z
          .int()
          .nullable()
          .describe('Above 1: it was measured again, and earlier sessions are not in the dataset'),
        pairs: z.int().min(0).describe('Pairs of processes behind the verdict'),
        minimum_detectable_effect: z.number().nullable().describe('At 80 % power with these pairs'),
        noise_floor: z.number().nullable().describe('Median |ln ratio| of neighbouring processes of one side'),
        exclusions: z
          .array(
            z.strictObject({
              reason: ExclusionReason.describe('What the machine said of itself'),
              pairs: z.int().positive().describe('How many'),
            }),
          )
          .describe('Pairs that do not count, by telemetry and never by their time'),
        stopped_by: Decision.shape.stopped_by.describe('Why no further pair was run'),
        flags: z.array(MeasurementFlag).describe('What a reader must know beside the verdict'),
        secondary_metrics: z
          .array(
            z.strictObject({
              ...SecondaryMetric.shape,
              better: SecondaryMetric.shape.better.describe('Which direction is an improvement'),
              head: SecondaryMetric.shape.head.describe('The same of head'),
            }),
          )
          .describe('Figures besides the time, by name; they never change the verdict'),
        controls: z
          .array(
            z.strictObject({
              kind: ControlKind.describe('`second-base`: a second installation of base; `blind`: base itself'),
              verdict: Verdict.describe('`improved` and `regressed` are false; `unmeasured` when a process failed'),
              pairs: z.int().min(0).describe('Pairs of processes behind it'),
              improvement: z.number().nullable().describe('The effect that was seen where there is none'),
              ci95: z.tuple([z.number(), z.number()]).nullable().describe('95 % interval of it: low, high'),
              p_value: z.number().nullable().describe('As for the commit itself'),
            }),
          )
          .describe('Base measured against base by the same rule'),
        digest: z.enum(['match', 'mismatch', 'absent']).nullable().describe('Whether both sides computed the same'),
        functions_reached: bothSides(z.array(z.string()))
          .nullable()
          .describe('Changed functions that the test ran; null when that was not observed'),
        peak_memory_bytes: bothSides(z.int().nullable()).nullable().describe('Highest resident memory of a process'),
        sandbox: Sandbox.nullable().describe('What held the test; null when nothing was run'),
        fingerprint: Fingerprint.nullable().describe('The machine'),
      })
      .describe('How base and head were measured'),
    provenance: z
      .strictObject({
        tool: z.string().describe('e.g. `nx-isobench 0.1.0`'),
        analysis_sha256: Sha256.describe('Digest of `analysis.json`'),
        environment_sha256: Sha256.describe('Digest of `environment.json`'),
        generation_sha256: Sha256.describe('Digest of `generation.json`'),
        measurement_sha256: Sha256.describe('Digest of `measurement.json`'),
        runs_sha256: Sha256.nullable().describe('Digest of `runs.jsonl`, where every timed process stands'),
      })
      .describe('What the record was made from'),
  })
  .superRefine((record, context) => {
    for (const [key, message] of contradictions(record)) context.addIssue({ code: 'custom', path: [key], message })
  })
  .meta({ id: 'record', title: 'record.json' })
export type CommitRecord = z.infer<typeof CommitRecord>

/** Keys that say something else than `status` does: a failure must never read as a measurement, nor the reverse. */
function contradictions(record: {
  status: 'measured' | 'unmeasured'
  verdict: Verdict
  stage: string | null
  reason: Reason | null
  base_performance: number[]
  head_performance: number[]
  performance_improvement: number | null
  ci95: [number, number] | null
  p_value: number | null
}): [string, string][] {
  const measured = record.status === 'measured'
  const agrees: Record<string, boolean> = {
    verdict: measured === (record.verdict !== 'unmeasured'),
    stage: measured === (record.stage === null),
    reason: measured === (record.reason === null),
    base_performance: measured === record.base_performance.length > 0,
    head_performance: measured === record.head_performance.length > 0,
    performance_improvement: measured || record.performance_improvement === null,
    ci95: measured || record.ci95 === null,
    p_value: measured || record.p_value === null,
  }
  return Object.keys(agrees)
    .filter((key) => agrees[key] !== true)
    .map((key) => [key, `contradicts status \`${record.status}\``])
}
