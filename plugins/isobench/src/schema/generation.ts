import { z } from 'zod'
import { Outcome } from './outcome.ts'
import { Sha256 } from './primitives.ts'

/** Tokens of one call, as the endpoint reports them; null where it does not. */
export const Usage = z.object({
  input_tokens: z.int().min(0).nullable(),
  output_tokens: z.int().min(0).nullable(),
  reasoning_tokens: z.int().min(0).nullable(),
  cached_tokens: z.int().min(0).nullable(),
})
export type Usage = z.infer<typeof Usage>

/** One model call and what came of it. */
export const Attempt = z.object({
  kind: z.enum(['first', 'repair']),
  result: z.enum([
    'ok',
    'empty-length',
    'truncated',
    'empty-stop',
    'refusal',
    'content-filter',
    'invalid-envelope',
    'invalid-json',
    'invalid-code',
    'trial-failed',
  ]),
  finish_reason: z.string().nullable(),
  request_id: z.string().nullable(),
  response_model: z.string().nullable().describe('The model that the endpoint says it used'),
  service_tier: z.string().nullable().describe('Which tier served it, as the endpoint says; `batch` for a batch job'),
  request_sha256: Sha256.describe('Digest of the canonical request body'),
  parameters_json: z.string().describe('Request parameters of this call as canonical JSON'),
  usage: Usage,
  cost_usd: z.number().min(0).nullable().describe('null where the price is unknown'),
  diagnostics: z.array(z.string()).describe('What validation or the trial found, one line each'),
})
export type Attempt = z.infer<typeof Attempt>

/** `out/generation.json`: where the efficiency test came from. The test itself is `out/efficiency_test.py`. */
export const Generation = z
  .object({
    schema_version: z.literal(1),
    outcome: Outcome,
    origin: z.enum(['reviewed', 'model', 'template']).nullable().describe('null when there is no test'),
    test_sha256: Sha256.nullable().describe('Digest of `efficiency_test.py`, the test with its footer'),
    provider: z.string().nullable().describe('Host of the endpoint, or `template`'),
    model: z.string().nullable(),
    parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    prompt_sha256: Sha256.nullable().describe('Digest of the prompt templates'),
    attempts: z.array(Attempt),
    usage: Usage.describe('Sum over the attempts'),
    cost_usd: z.number().min(0).nullable().describe('null where the price is unknown'),
  })
  .meta({ id: 'generation', title: 'generation.json' })
export type Generation = z.infer<typeof Generation>
