import { z } from 'zod'

/** `datasets/<name>/told.json`: the regressions that the webhook was told of, so that it is told of each once. */
export const Told = z
  .strictObject({ schema_version: z.literal(1), regressions: z.array(z.string()) })
  .meta({ id: 'told', title: 'told.json' })
export type Told = z.infer<typeof Told>
