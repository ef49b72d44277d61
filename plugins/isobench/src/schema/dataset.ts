import { z } from 'zod'
import { Sha256 } from './primitives.ts'
import { Reason } from './outcome.ts'
import { Verdict } from './measurement.ts'

/** `out/manifest.json`: what is published of the dataset, so that a copy can be checked. */
export const Manifest = z
  .object({
    schema_version: z.literal(1),
    dataset: z.string(),
    tool: z.string(),
    records: z.int().min(0),
    files: z.array(
      z.object({ path: z.string(), sha256: Sha256, size_bytes: z.int().min(0), rows: z.int().min(0).nullable() }),
    ),
    members: z.array(z.string()).describe('`instance_id` of every row, in the order of the rows'),
  })
  .meta({ id: 'manifest', title: 'manifest.json' })
export type Manifest = z.infer<typeof Manifest>

/** `out/funnel.json`: where commits were lost, and why. */
export const Funnel = z
  .object({
    schema_version: z.literal(1),
    commits: z.int().min(0),
    stages: z
      .array(
        z.object({
          stage: z.enum(['analyze', 'install-wheel', 'generate-test', 'run-gpu']),
          entered: z.int().min(0),
          passed: z.int().min(0),
          lost: z.array(z.object({ reason: Reason, commits: z.int().positive() })).describe('Most frequent first'),
        }),
      )
      .describe('In the order of the pipeline'),
    verdicts: z.array(z.object({ verdict: Verdict, commits: z.int().min(0) })),
  })
  .meta({ id: 'funnel', title: 'funnel.json' })
export type Funnel = z.infer<typeof Funnel>

const costs = {
  commits: z.int().min(0).describe('For which a model was called'),
  calls: z.int().min(0),
  input_tokens: z.int().min(0).describe('Sum over the commits that tell them, as the next three'),
  cached_tokens: z.int().min(0),
  output_tokens: z.int().min(0),
  reasoning_tokens: z.int().min(0),
  commits_without_tokens: z.int().min(0).describe('Whose tokens are not known, and in no sum'),
  cost_usd: z.number().min(0).describe('Sum over the commits with a known cost'),
  commits_without_price: z.int().min(0).describe('Whose cost is not known, and in no sum'),
}

/** What model calls used and cost. */
export const ModelCosts = z.object(costs)
export type ModelCosts = z.infer<typeof ModelCosts>

/** `out/ledger.json`: what the models of a dataset cost, computed from its records. */
export const Ledger = z
  .object({
    schema_version: z.literal(1),
    total: ModelCosts,
    models: z.array(z.object({ model: z.string().nullable(), provider: z.string().nullable(), ...costs })),
  })
  .meta({ id: 'ledger', title: 'ledger.json' })
export type Ledger = z.infer<typeof Ledger>
