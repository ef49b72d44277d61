import { z } from 'zod'
import { CommitHash, RelativePath, Sha256 } from './primitives.ts'

/** `commits/<repository>/<sha8>/commit.yaml`: one performance commit. */
export const Commit = z
  .strictObject({
    head: CommitHash.describe('The commit that claims to be faster'),
    base: CommitHash.optional().describe('What to compare with; default: the first parent of `head`'),
    claim: z.string().max(2000).optional().describe('What the commit claims, for people'),
    extraction: z
      .strictObject({
        path: RelativePath.describe('The extraction JSON, relative to the workspace'),
        sha256: Sha256.describe('Its digest, so that an edited file is noticed'),
      })
      .optional()
      .describe('Read the change from an ISO-Bench extraction instead of git'),
    python: z
      .string()
      .regex(/^3\.\d{1,2}$/, 'must be a Python version such as "3.11"')
      .optional()
      .describe('Python to install and run with; default: that of repository.yaml'),
    expect: z
      .enum(['improved', 'regressed', 'no-change', 'unmeasured'])
      .optional()
      .describe('The verdict a person expects; reported beside the measured one, never used'),
    notes: z.string().max(20_000).optional().describe('Anything a reader should know'),
    task: z
      .string()
      .min(1)
      .max(100_000)
      .optional()
      .describe('Text that poses the task to an agent; what it gives away of the change stands in the record'),
  })
  .meta({ id: 'commit', title: 'commit.yaml' })
export type Commit = z.infer<typeof Commit>
