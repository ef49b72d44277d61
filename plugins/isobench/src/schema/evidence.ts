import { z } from 'zod'
import { ChangedFile } from './analysis.ts'
import { CommitHash, Instant } from './primitives.ts'

const Line = z.string().max(500)

/** What the pull request of a commit says, as far as it helps a reviewer. Strangers wrote it. */
export const PullRequestEvidence = z.strictObject({
  number: z.int().min(1),
  url: z.string().max(500),
  title: Line,
  labels: z.array(z.string().max(100)).max(50),
  issues: z.array(z.strictObject({ number: z.int().min(1), title: Line })).describe('That it says it closes'),
  benchmark_commands: z.array(Line).max(10).describe('Lines of its body that look like the start of a benchmark'),
})
export type PullRequestEvidence = z.infer<typeof PullRequestEvidence>

/** What the model of `judge` said. */
export const JudgeEvidence = z.strictObject({
  model: z.string(),
  answer: z.enum(['yes', 'no', 'unreadable']),
  confidence: z.number().min(0).max(1).nullable(),
  reason: Line,
})
export type JudgeEvidence = z.infer<typeof JudgeEvidence>

/**
 * `commits/<repository>/<sha8>/evidence.yaml`: why mining proposed the commit. No stage reads it, so it is in no hash;
 * after a rewritten history, mining knows the commit by it.
 */
export const Evidence = z
  .strictObject({
    subject: Line,
    author_date: Instant.nullable(),
    commit_date: Instant,
    score: z.number(),
    matched: z
      .array(
        z.strictObject({
          pattern: z.string(),
          in: z.enum(['subject', 'body']),
          weight: z.number(),
          text: z.string().max(100).describe('What it matched'),
        }),
      )
      .describe('What the score is made of'),
    files: z.partialRecord(ChangedFile.shape.role, z.int().min(1)).describe('Changed files by role'),
    lines: z.strictObject({ added: z.int().min(0), removed: z.int().min(0) }).describe('In files of the wanted roles'),
    changed: z.array(Line).max(20).describe('Files of the wanted roles, most changed first'),
    reverted_by: CommitHash.optional().describe('A later commit that says that it reverts this one'),
    pull_request: PullRequestEvidence.optional(),
    judge: JudgeEvidence.optional(),
  })
  .meta({ id: 'evidence', title: 'evidence.yaml' })
export type Evidence = z.infer<typeof Evidence>
