import { z } from 'zod'
import { Attempt } from './generation.ts'
import { Side } from './outcome.ts'
import { Sha256 } from './primitives.ts'
import { ControlKind, ExclusionReason, Run } from './run-bundle.ts'

/** A row of the configuration `samples`: one timed process. */
export const SampleRow = z.strictObject({
  instance_id: z.string().describe('The commit; its record stands in the configuration `default`'),
  comparison: z
    .enum(['commit', ...ControlKind.options])
    .describe('`commit`: base against head; the others are controls, where both sides are base'),
  plan_sha256: Sha256.describe('Processes of one plan belong together'),
  index: Run.shape.index.describe('Order in which they ran, within the plan'),
  purpose: z.enum(['burn-in', 'pair']).describe('`burn-in` is discarded'),
  pair: z.int().min(0).nullable().describe('Pair number; null for a burn-in. A pair that was cut short comes again'),
  side: Side.describe('In a control `head` is base once more'),
  started_at: z.string().describe('RFC 3339, UTC'),
  result: Run.shape.result.describe('How the process ended'),
  excluded: ExclusionReason.nullable().describe('Why its pair does not count, by telemetry and never by its time'),
  seconds: z.number().nullable().describe('Time of one `experiment()`: median over the iterations'),
  iterations_seconds: z.array(z.number()).describe('Every timed iteration, in order'),
  warmup_iterations: z.int().min(0).nullable().describe('Iterations before those'),
  wall_seconds: z.number().describe('Of the whole process'),
  device_seconds: z.number().nullable().describe('By CUDA events, where there is a device'),
  peak_memory_bytes: z.int().min(0).nullable().describe('Resident memory at its peak'),
  peak_device_memory_bytes: z.int().min(0).nullable().describe('Allocated by torch on the device, at its peak'),
  metrics: z
    .array(
      z.strictObject({
        name: z.string().describe('As the test calls it'),
        value: z.number().describe('Median over the iterations'),
        better: z.enum(['lower', 'higher']).describe('Which direction is an improvement'),
      }),
    )
    .describe('Secondary metrics, by name'),
  digest_sha256: Sha256.nullable().describe('Of what the test computed; null without a `digest`'),
  probe_seconds: z.number().nullable().describe('A fixed loop, timed before the test: how fast the host was'),
})
export type SampleRow = z.infer<typeof SampleRow>

/** A row of the configuration `attempts`: one model call. */
export const AttemptRow = z.strictObject({
  instance_id: z.string().describe('The commit; its record stands in the configuration `default`'),
  attempt: z.int().min(1).describe('Number of the call'),
  provider: z.string().nullable().describe('Host of the endpoint'),
  model: z.string().nullable().describe('The model that was asked for'),
  ...Attempt.shape,
})
export type AttemptRow = z.infer<typeof AttemptRow>
