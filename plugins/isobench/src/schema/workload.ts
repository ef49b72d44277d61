import { z } from 'zod'
import { Slug } from './primitives.ts'

const body = z.string().min(1).max(20_000)

/** A piece of work that somebody wrote down for the commits of a repository. */
export const Workload = z.strictObject({
  name: Slug,
  apis: z
    .array(z.string().min(1))
    .min(1)
    .describe('Globs of dotted names, e.g. `vllm.core.**`; it fits a commit that affects or changes one of them'),
  change_classes: z
    .array(z.enum(['kernel', 'model', 'runtime', 'other']))
    .optional()
    .describe('Kinds of change that it fits; default: all'),
  imports: body.describe('Python at the top of the test'),
  setup: body.describe('Body of `setup()`'),
  experiment: body.describe('Body of `experiment(state)`'),
  digest: body.optional().describe('Body of `digest(result)`'),
  metrics: body.optional().describe('Body of `metrics(result)`'),
})
export type Workload = z.infer<typeof Workload>
