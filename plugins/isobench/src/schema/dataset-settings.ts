import { z } from 'zod'
import { Slug } from './primitives.ts'
import { View } from './view-rows.ts'

/** `datasets/<name>/dataset.yaml`: which commits make a dataset, and where it goes. */
export const DatasetSettings = z
  .strictObject({
    commits: z
      .array(
        z
          .string()
          .regex(
            /^[a-z0-9][a-z0-9._-]*(\/([0-9a-f]{8,40}|\*))?$/,
            'must be `<repository>`, `<repository>/*` or `<repository>/<sha8>`',
          ),
      )
      .min(1)
      .describe('Members: a repository (all its commits) or single commits'),
    title: z.string().min(1).max(200).optional().describe('Title of the card; default: the name of the folder'),
    description: z.string().max(4000).optional().describe('First paragraph of the card'),
    license: Slug.default('other').describe('Licence identifier of the Hub'),
    split: z
      .string()
      .max(64)
      .regex(/^[a-z][a-z0-9_]*$/, 'must be lower-case letters, digits and `_`, as the Hub wants it')
      .default('test')
      .describe('Name of the split'),
    views: z
      .array(View)
      .default([])
      .describe('Further configurations, with the columns of other projects: `seed`, `swe-perf`, `gso`'),
    hub_repository: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be `owner/name`')
      .optional()
      .describe('Where `push` sends it'),
    push: z.boolean().default(false).describe('Whether `push` may send anything'),
    allowed_findings: z
      .array(z.string().min(1))
      .default([])
      .describe('What the scan of `push` may find, word for word: a made-up key, a path in a commit message'),
    private: z.boolean().default(true).describe('Whether a repository that `push` creates is private'),
  })
  .meta({ id: 'dataset-settings', title: 'dataset.yaml' })
export type DatasetSettings = z.infer<typeof DatasetSettings>
