import { z } from 'zod'
import { Side } from './outcome.ts'
import { Sha256 } from './primitives.ts'

/** Where the rule looks at the data, and what it needs to see there. */
export const Look = z.object({
  pairs: z.int().positive(),
  critical: z.int().min(0).describe('Reject when min(W+, W−) is at most this'),
})
export type Look = z.infer<typeof Look>

/** How to start one side: an interpreter of an environment that is already there. */
export const BundleSide = z.object({
  python: z.string().describe('Path of the interpreter'),
  environment_key: z.string(),
  wheel_sha256: Sha256,
})

/** `plan.json` of a run bundle: everything `harness/run.py` needs to measure one commit. */
export const Plan = z
  .object({
    schema_version: z.literal(1),
    instance_id: z.string(),
    script: z.string().describe('File name in the bundle'),
    script_sha256: Sha256,
    harness_sha256: Sha256,
    base: BundleSide,
    head: BundleSide,
    blocks: z.array(z.enum(['ABBA', 'BAAB'])).describe('Order of the processes, A = base; two pairs a block'),
    looks: z.array(Look).min(1),
    target_effect: z.number(),
    minimum_effect: z.number().describe('Smaller effects are never called improved or regressed'),
    equivalence_margin: z.number(),
    timeout_seconds: z.number(),
    budget_seconds: z.number(),
    memory_bytes: z.int().positive().nullable(),
    accelerator: z.string(),
    sandbox: z.enum(['bubblewrap', 'none']),
    functions: z
      .array(z.object({ module: z.string(), name: z.string(), sides: z.array(Side) }))
      .describe('Changed functions, one of which must run on each side'),
  })
  .meta({ id: 'plan', title: 'plan.json' })
export type Plan = z.infer<typeof Plan>

/** One line of `runs.jsonl`: one process. Append-only; the decision is a pure function of these lines. */
export const Run = z.object({
  schema_version: z.literal(1),
  index: z.int().min(0).describe('Position in the session, burn-in included'),
  purpose: z.enum(['coverage', 'burn-in', 'pair']),
  pair: z.int().min(0).nullable().describe('Pair number; null outside pairs'),
  side: Side,
  started_at: z.string().describe('RFC 3339, UTC'),
  result: z.enum(['ok', 'test-crashed', 'timed-out', 'out-of-memory', 'contract-violated']),
  message: z.string().nullable().describe('One line when `result` is not `ok`'),
  exit_code: z.int().nullable(),
  wall_seconds: z.number().describe('Of the whole process'),
  seconds: z.number().positive().nullable().describe('The time of one `experiment()`: median over the iterations'),
  iterations_seconds: z.array(z.number()).describe('Every timed iteration, in order'),
  warmup_iterations: z.int().min(0).nullable(),
  peak_memory_bytes: z.int().min(0).nullable(),
  device_seconds: z.number().nullable().describe('By CUDA events, where there is a device'),
  metrics: z.record(z.string(), z.number()).describe('Secondary metrics of the test'),
  digest: z.string().nullable().describe('SHA-256 of what `digest(result)` returned; null without one'),
  reached: z.array(z.string()).nullable().describe('Changed functions that ran; null unless `purpose` is `coverage`'),
  stderr_tail: z.string().nullable().describe('Last 2,000 characters when `result` is not `ok`'),
  probe_seconds: z.number().nullable().describe('A fixed loop, timed before the test: how fast the host was'),
})
export type Run = z.infer<typeof Run>
