import { z } from 'zod'

/**
 * `batches/<name>/job.json` in the store: a batch job that is under way. It is written before each step that costs
 * something, so that a process that was killed is followed by one that goes on. The requests lie beside it.
 */
export const BatchJob = z.strictObject({
  schema_version: z.literal(1),
  endpoint: z.string().describe('URL that the requests are for'),
  model: z.string(),
  input_file_id: z.string().nullable().describe('The uploaded requests; null before the upload'),
  batch_id: z.string().nullable().describe('null before the job is made'),
})
export type BatchJob = z.infer<typeof BatchJob>

/** One line of `requests.jsonl`: what the endpoint is given, and who wants it. */
export const BatchRequest = z.strictObject({
  custom_id: z.string().describe('Digest of the request: where its answer is kept'),
  body: z.record(z.string(), z.unknown()),
  instance_id: z.string(),
})
export type BatchRequest = z.infer<typeof BatchRequest>

/** One line of an output or error file of a job. */
export const BatchRow = z.looseObject({
  custom_id: z.string(),
  response: z.looseObject({ status_code: z.int(), request_id: z.string().nullish(), body: z.unknown() }).nullish(),
  error: z.looseObject({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
})
export type BatchRow = z.infer<typeof BatchRow>
