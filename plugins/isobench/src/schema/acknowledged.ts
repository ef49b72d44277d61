import { z } from 'zod'

/** `datasets/<name>/acknowledged.yaml`: regressions that are known and accepted, so that `watch` stays quiet about them. */
export const Acknowledged = z
  .strictObject({
    regressions: z
      .array(
        z.strictObject({
          commit: z
            .string()
            .regex(/^[a-z0-9][a-z0-9._-]*\/[0-9a-f]{8,40}$/, 'must be `<repository>/<sha8>`')
            .describe('The commit, as dataset.yaml would name it'),
          reason: z.string().min(1).max(2000).describe('Why it is accepted'),
          by: z.string().min(1).max(200).optional().describe('Who accepted it'),
          date: z.iso.date().optional().describe('When, e.g. `2026-11-28`'),
        }),
      )
      .default([])
      .describe('One entry a commit'),
  })
  .meta({ id: 'acknowledged', title: 'acknowledged.yaml' })
export type Acknowledged = z.infer<typeof Acknowledged>
