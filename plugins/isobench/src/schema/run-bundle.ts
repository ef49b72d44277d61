import { z } from 'zod'
import { Side } from './outcome.ts'
import { Sha256 } from './primitives.ts'

/** Where the rule looks at the data, and what it needs to see there. */
export const Look = z.object({
  pairs: z.int().positive(),
  critical: z.int().min(0).describe('Reject when min(W+, W−) is at most this'),
  interval_rank: z.int().positive().describe('The 95 % interval goes from this smallest to this largest Walsh average'),
  promising: z.int().min(0).describe('Futility does not end it when min(W+, W−) is at most this'),
  most_excluded: z
    .int()
    .min(0)
    .describe('Measuring ends without a verdict when more pairs than this are excluded before the look'),
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

/** How base is measured against itself: its second installation in the place of head, or the very same one. */
export const ControlKind = z.enum(['second-base', 'blind'])
export type ControlKind = z.infer<typeof ControlKind>

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
    control: ControlKind.nullable().describe('Not null: an A/A control, whose head is base too; else nothing differs'),
    session: z.int().min(1).describe('Number of the session; another one is another bundle'),
    blocks: z.array(z.enum(['ABBA', 'BAAB'])).describe('Order of the processes, A = base; two pairs a block'),
    looks: z.array(Look).min(1),
    timing: Timing,
    target_effect: z.number(),
    minimum_effect: z.number().describe('Smaller effects are never called improved or regressed'),
    equivalence_margin: z.number().describe('No change when the interval of ln(head/base) is within ± this'),
    futility: z
      .object({
        deviation: z
          .number()
          .describe('Give up at a look when 1.4826 times the median absolute deviation of ln(head/base) is above this'),
      })
      .describe('From the effect that the last look can detect; giving up is never a finding'),
    timeout_seconds: z.number().describe('For one process'),
    budget_seconds: z.number().describe('For the sum of all processes'),
    memory_bytes: z.int().positive().nullable(),
    accelerator: z.string(),
    sandbox: z.enum(['bubblewrap', 'none']),
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

/** A GPU between two processes. */
const DeviceState = z.object({
  sm_clock_mhz: z.int().nullable(),
  temperature_celsius: z.int().nullable(),
  power_watts: z.number().nullable(),
})

/** What the driver of a GPU said around and during one process. */
const Telemetry = z.object({
  before: DeviceState,
  after: DeviceState,
  busy_sm_clock_mhz: z.int().nullable().describe('Median of two readings a second, of those that saw the device busy'),
  reasons: z.array(z.string()).describe('Why the clocks were below their maximum in one of these readings'),
  throttled_seconds: z
    .record(z.string(), z.number())
    .describe('For how long each reason was active, as the device counts it; only what it counts'),
})

/** What the host did around and during one process: evidence for the flag `host-unstable`. */
const HostState = z.object({
  steal: z.number().nullable().describe('Share of the processor time that a hypervisor gave to others'),
  others: z.number().nullable().describe('Share of the processor time that other programs used'),
  load: z.number().nullable().describe('Processes that want to run, over the last minute'),
  spin: z
    .object({
      seconds: z.number().describe('A fixed slice of work, on average'),
      lost: z.number().describe('Share of the time lost beyond slices of median length'),
    })
    .nullable()
    .describe('0.2 s of a fixed loop before the first process and each block; null at the others'),
})

/** Why a process does not count, from what the machine said of itself while it ran; never from its time. */
export const ExclusionReason = z.enum(['throttled', 'foreign-process', 'clock-drop'])
export type ExclusionReason = z.infer<typeof ExclusionReason>

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
  telemetry: Telemetry.optional().describe('Only where the plan names an accelerator'),
  host: HostState.optional(),
  excluded: ExclusionReason.optional().describe(
    'Drops the whole pair of a process with `result` `ok`; by telemetry only',
  ),
})
export type Run = z.infer<typeof Run>
