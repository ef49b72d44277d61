import { z } from 'zod'

/** What a chat completion must have before anything of it is used; everything else is kept as it came. */
export const ChatCompletion = z.looseObject({
  model: z.string().nullish(),
  choices: z.array(z.unknown()),
  usage: z.unknown().optional(),
})
export type ChatCompletion = z.infer<typeof ChatCompletion>

/** `answers/<key>.json`: one answer that was paid for. It holds the prompt, and neither headers nor the key. */
export const StoredAnswer = z.strictObject({
  schema_version: z.literal(1),
  endpoint: z.string().describe('URL of the call'),
  attempt: z.int().min(0).describe('Calls before it in the same generation: a repeated request is another sample'),
  request: z.record(z.string(), z.unknown()).describe('Body of the request'),
  request_id: z.string().nullable(),
  response: ChatCompletion.describe('Body of the response'),
})
export type StoredAnswer = z.infer<typeof StoredAnswer>
