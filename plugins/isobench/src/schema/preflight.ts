import { z } from 'zod'
import { WheelAttempt } from './environment.ts'
import { Reason, Side } from './outcome.ts'
import { CommitHash } from './primitives.ts'

/** Why a commit cannot be installed and compared, or why that is not known: a reason of the tables in docs/outcomes.md. */
export const PreflightReason = z.enum([
  'bad-input',
  'commit-not-found',
  'repository-unreachable',
  'network',
  'prerequisite-missing',
  'different-rungs',
  ...Reason.options,
])
export type PreflightReason = z.infer<typeof PreflightReason>

/** What the ladder has for one side, as far as it shows without fetching or building anything. */
export const PreflightSide = z.object({
  commit: CommitHash,
  rung: WheelAttempt.shape.rung.nullable().describe('null when no source has a wheel'),
  location: z.string().nullable().describe('URL, or `build:<commit>`'),
  version: z
    .string()
    .nullable()
    .describe('Version in METADATA; null when it is not built yet or the host gives no part of a file'),
  attempts: z.array(WheelAttempt).describe('Every place that was asked, in order'),
})
export type PreflightSide = z.infer<typeof PreflightSide>

export const PreflightProblem = z.object({
  reason: PreflightReason,
  side: Side.nullable(),
  message: z.string(),
  hint: z.string().nullable(),
})
export type PreflightProblem = z.infer<typeof PreflightProblem>

export const PreflightCommit = z.object({
  project: z.string(),
  base: PreflightSide.nullable().describe('null when the commit is not known'),
  head: PreflightSide.nullable().describe('null when the commit is not known'),
  problem: PreflightProblem.nullable().describe('null when both sides can be installed'),
})
export type PreflightCommit = z.infer<typeof PreflightCommit>

/** What `nx g nx-isobench:probe --format json` prints. */
export const Preflight = z
  .object({
    schema_version: z.literal(1),
    commits: z.int().min(0),
    steps: z.array(
      z.object({
        step: z.enum(['known', 'base found', 'head found', 'same rung', 'installable']),
        commits: z.int().min(0).describe('Commits that passed this step and all before it'),
        lost: z.array(z.object({ reason: PreflightReason, commits: z.int().positive() })),
      }),
    ),
    rungs: z
      .array(z.object({ rung: WheelAttempt.shape.rung, commits: z.int().positive() }))
      .describe('Installable commits by the rung of both sides'),
    details: z.array(PreflightCommit),
  })
  .meta({ id: 'preflight', title: 'What `probe --format json` prints' })
export type Preflight = z.infer<typeof Preflight>
