import { z } from 'zod'
import { Slug } from './primitives.ts'

/** How much a model thinks before it answers, least first. */
export const Effort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])
export type Effort = z.infer<typeof Effort>

/** What a model costs, in US dollars. Never guessed: it stands in a settings file, or the cost is unknown. */
export const Prices = z.strictObject({
  input: z.number().min(0),
  cached_input: z.number().min(0).optional().describe('Default: the price of `input`'),
  output: z.number().min(0).describe('Hidden reasoning included'),
})
export type Prices = z.infer<typeof Prices>

const Pattern = z.string().refine((source) => {
  try {
    return new RegExp(source) instanceof RegExp
  } catch {
    return false
  }
}, 'not a regular expression')

const baseUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !/^[^/]*\/\/[^/]*@/.test(url), 'must hold no user name and no password')
  .describe('An OpenAI-compatible endpoint, e.g. https://api.openai.com/v1')

const others = {
  api_key_variable: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/)
    .describe('Environment variable that holds the key; leave out for an endpoint without one'),
  token_parameter: z
    .enum(['max_completion_tokens', 'max_tokens'])
    .describe('How the endpoint spells the output limit; default: `max_completion_tokens`'),
  effort: z
    .strictObject({
      parameter: z
        .string()
        .regex(/^[a-z_]+(\.[a-z_]+)?$/)
        .describe('Where it stands in the request, e.g. `reasoning_effort` or `reasoning.effort`'),
      values: z.array(Effort).min(1).describe('What the endpoint takes, least first'),
    })
    .describe('How the endpoint is told how much to think; leave out where it is not'),
  structured_output: z.boolean().describe('Whether it keeps answers to a JSON Schema (`response_format`); default: no'),
  extra_body: z
    .record(z.string(), z.unknown())
    .describe('Sent with every request as it is; `parameters` of generation.yaml win'),
  reasoning_models: z
    .array(Pattern)
    .describe('Regular expressions for models that think first, and therefore take no temperature'),
  batch: z
    .strictObject({ price_factor: z.number().min(0).max(1).describe('What an answer costs of its price') })
    .describe('That the endpoint takes batch jobs at `/files` and `/batches`'),
  usd_per_million_tokens: z
    .record(z.string(), Prices)
    .describe('Prices by model; a model that is not listed has an unknown price'),
}

/** `providers/<name>.yaml`: an endpoint and how to use it. A profile of that name beside generation.yaml comes first. */
export const ProviderProfile = z
  .strictObject({
    base_url: baseUrl,
    api_key_variable: others.api_key_variable.optional(),
    token_parameter: others.token_parameter.default('max_completion_tokens'),
    effort: others.effort.optional(),
    structured_output: others.structured_output.default(false),
    extra_body: others.extra_body.default({}),
    reasoning_models: others.reasoning_models.default([]),
    batch: others.batch.optional(),
    usd_per_million_tokens: others.usd_per_million_tokens.default({}),
  })
  .meta({ id: 'provider', title: 'providers/<name>.yaml' })
export type ProviderProfile = z.infer<typeof ProviderProfile>

/** The name of a profile, a profile with some keys replaced, or all of it here. */
export const ProviderReference = z.union([
  Slug,
  z
    .strictObject({
      profile: Slug.optional().describe('The profile to start from; without it `base_url` is required'),
      base_url: baseUrl.optional(),
      api_key_variable: others.api_key_variable.optional(),
      token_parameter: others.token_parameter.optional(),
      effort: others.effort.optional(),
      structured_output: others.structured_output.optional(),
      extra_body: others.extra_body.optional(),
      reasoning_models: others.reasoning_models.optional(),
      batch: others.batch.optional(),
      usd_per_million_tokens: others.usd_per_million_tokens.optional(),
    })
    .refine((provider) => provider.profile !== undefined || provider.base_url !== undefined, {
      message: 'needs `profile` or `base_url`',
    }),
])
export type ProviderReference = z.infer<typeof ProviderReference>
