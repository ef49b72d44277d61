import { z } from 'zod'
import { Run } from './run-bundle.ts'

/** What a chat completion must have before anything of it is used; everything else is kept as it came. */
export const ChatCompletion = z.looseObject({
  model: z.string().nullish(),
  choices: z.array(z.unknown()),
  usage: z.unknown().optional(),
  service_tier: z.string().nullish(),
})
export type ChatCompletion = z.infer<typeof ChatCompletion>

/** The error body of an endpoint whose filter did not let the request pass: an answer too, and no fault of the wire. */
export const FilteredRequest = z.looseObject({ error: z.looseObject({}) })
export type FilteredRequest = z.infer<typeof FilteredRequest>

/** `answers/<key>.json`: one answer that was paid for. It holds the prompt, and neither headers nor the key. */
export const StoredAnswer = z.strictObject({
  schema_version: z.literal(1),
  endpoint: z.string().describe('URL of the call'),
  attempt: z.int().min(0).describe('Calls before it in the same generation: a repeated request is another sample'),
  request: z.record(z.string(), z.unknown()).describe('Body of the request'),
  request_id: z.string().nullable(),
  batch_id: z.string().optional().describe('The batch job that it came by'),
  response: z.union([ChatCompletion, FilteredRequest]).describe('Body of the response'),
})
export type StoredAnswer = z.infer<typeof StoredAnswer>

/** `answers/trials/<key>.json`: how the trial of a written test went, so that its repair can be asked for again. */
export const StoredTrial = z.strictObject({ schema_version: z.literal(1), runs: z.array(Run) })
export type StoredTrial = z.infer<typeof StoredTrial>
