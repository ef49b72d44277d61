import { z } from 'zod'
import { Side } from './outcome.ts'
import { Sandbox, Sha256 } from './primitives.ts'

/** Where the rule looks at the data, and what it needs to see there. */
export const Look = z.object({
  pairs: z.int().positive(),
  critical: z.int().min(0).describe('Reject when min(W+, W−) is at most this'),
  interval_rank: z.int().positive().describe('The 95 % interval goes from this smallest to this largest Walsh average'),
})
export type Look = z.infer<typeof Look>

/** How long one process warms up and is timed. */
export const Timing = z.object({
  warmup_iterations: z.int().positive().describe('At least so many calls before the timed ones'),
  warmup_seconds: z.number().describe('And at least this long'),
  settle_seconds: z.number().describe('And until the last three agree within 2 %, but for that no longer than this'),
  timed_iterations: z.int().positive().describe('At least so many timed calls'),
  timed_seconds: z.number().describe('And at least this long'),
  rest_seconds: z.number().describe('Pause between timed calls, so that a device can cool down'),
  limit_seconds: z.number().describe('Neither part begins another call after this long; one call each there always is'),
})
export type Timing = z.infer<typeof Timing>

/** What one side is. Where its interpreter stands on this machine is in `interpreters.json`. */
const BundleSide = z.object({
  environment_key: z.string(),
  wheel_sha256: Sha256,
  lock_sha256: Sha256,
})

/** A changed function that can be watched for. */
export const PlannedFunction = z.object({ module: z.string(), name: z.string(), sides: z.array(Side) })
export type PlannedFunction = z.infer<typeof PlannedFunction>

/** `plan.json` of a run bundle: what to measure and how. Its digest names the measurement, so no path of a machine is in it. */
export const Plan = z
  .object({
    schema_version: z.literal(1),
    instance_id: z.string(),
    script: z.string().describe('File name in the bundle'),
    script_sha256: Sha256,
    harness_sha256: Sha256,
    base: BundleSide,
    head: BundleSide,
    profile: z.enum(['quick', 'standard', 'rigorous']),
    session: z.int().min(1).describe('Number of the session; another one is another bundle'),
    blocks: z.array(z.enum(['ABBA', 'BAAB'])).describe('Order of the processes, A = base; two pairs a block'),
    looks: z.array(Look).min(1),
    timing: Timing,
    target_effect: z.number(),
    minimum_effect: z.number().describe('Smaller effects are never called improved or regressed'),
    equivalence_margin: z.number().describe('No change when the interval of ln(head/base) is within ± this'),
    futility: z
      .object({
        deviation: z.number().describe('Give up at a look when the standard deviation of ln(head/base) is above this'),
        detectable: z.number().describe('but not when the estimate is larger than so many of these deviations'),
      })
      .describe('From the effect that the last look can detect; giving up is never a finding'),
    timeout_seconds: z.number().describe('For one process'),
    budget_seconds: z.number().describe('For the sum of all processes'),
    memory_bytes: z.int().positive().nullable(),
    accelerator: z.string(),
    sandbox: Sandbox,
    functions: z.array(PlannedFunction).describe('Changed functions, one of which must run on each side that has any'),
  })
  .meta({ id: 'plan', title: 'plan.json' })
export type Plan = z.infer<typeof Plan>

/** `interpreters.json` of a run bundle: where the two environments are on this machine. */
export const Interpreters = z
  .object({
    base: z.string().describe('Absolute path of the interpreter'),
    head: z.string(),
    read_only: z.array(z.string()).describe('Further folders that a sandboxed test may read'),
  })
  .meta({ id: 'interpreters', title: 'interpreters.json' })
export type Interpreters = z.infer<typeof Interpreters>

/** A secondary metric, from `metrics(result)` of the test. */
const Metric = z.object({ value: z.number(), better: z.enum(['lower', 'higher']) })

/** One line of `runs.jsonl`: one process. Append-only; the decision is a pure function of these lines. */
export const Run = z.object({
  schema_version: z.literal(1),
  plan_sha256: Sha256,
  index: z.int().min(0).describe('Position in the file'),
  purpose: z.enum(['coverage', 'burn-in', 'pair']),
  pair: z.int().min(0).nullable().describe('Pair number; null outside pairs. A pair that was cut short comes again'),
  side: Side,
  started_at: z.string().describe('RFC 3339, UTC'),
  result: z.enum(['ok', 'test-crashed', 'timed-out', 'out-of-memory', 'contract-violated']),
  message: z.string().nullable().describe('One line when `result` is not `ok`'),
  exit_code: z.int().nullable().describe('null when a signal ended it'),
  wall_seconds: z.number().describe('Of the whole process'),
  seconds: z.number().positive().nullable().describe('The time of one `experiment()`: median over the iterations'),
  iterations_seconds: z.array(z.number()).describe('Every timed iteration, in order'),
  warmup_iterations: z.int().min(0).nullable(),
  peak_memory_bytes: z.int().min(0).nullable().describe('Resident memory of the process, at its peak'),
  peak_device_memory_bytes: z.int().min(0).nullable().describe('Allocated by torch on the device, at its peak'),
  device_seconds: z.number().nullable().describe('By CUDA events, where there is a device'),
  metrics: z.record(z.string(), Metric).describe('Secondary metrics of the test: median over the iterations'),
  digest: z
    .object({
      sha256: Sha256.describe('Of everything in `digest(result)` that must be equal'),
      numbers: z.array(z.tuple([z.number(), z.number()])).describe('Floating-point value and absolute tolerance'),
    })
    .nullable()
    .describe('What the first `experiment()` computed; null without a `digest`'),
  reached: z.array(z.string()).nullable().describe('Changed functions that ran; null unless `purpose` is `coverage`'),
  stderr_tail: z.string().nullable().describe('Last 2,000 characters when `result` is not `ok`'),
  probe_seconds: z.number().nullable().describe('A fixed loop, timed before the test: how fast the host was'),
})
export type Run = z.infer<typeof Run>
