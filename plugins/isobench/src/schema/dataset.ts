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
