import { z } from 'zod'
import { Slug } from './primitives.ts'

/** What stands between two lines `---` at the head of a prompt's `system.md`. */
export const PromptHeader = z.strictObject({
  id: Slug,
  version: z.int().min(1),
  contract: z.literal(1, 'the tool knows contract 1 alone: `setup`, `experiment`, `digest`, `metrics`'),
  max_input_tokens: z.int().min(1000).max(1_000_000),
})
export type PromptHeader = z.infer<typeof PromptHeader>
