import { z } from 'zod'
import { MeasurementSettings } from './measurement-settings.ts'
import { Slug } from './primitives.ts'
import { Workload } from './workload.ts'

const ownParameters = ['model', 'messages', 'stream', 'n', 'max_completion_tokens', 'max_tokens']

/** `commits/<repository>/generation.yaml`: how efficiency tests are written. */
export const GenerationSettings = z
  .strictObject({
    provider: z
      .strictObject({
        base_url: z
          .url({ protocol: /^https?$/ })
          .refine((url) => !/^[^/]*\/\/[^/]*@/.test(url), 'must hold no user name and no password')
          .describe('An OpenAI-compatible endpoint, e.g. https://api.openai.com/v1'),
        api_key_variable: z
          .string()
          .regex(/^[A-Z][A-Z0-9_]*$/)
          .optional()
          .describe('Environment variable that holds the key; leave out for an endpoint without one'),
        token_parameter: z
          .enum(['max_completion_tokens', 'max_tokens'])
          .default('max_completion_tokens')
          .describe('How the endpoint spells the output limit'),
      })
      .optional()
      .describe('Who writes the test; without it only reviewed tests are used'),
    model: z.string().min(1).optional().describe('The model, as the endpoint names it; there is no default'),
    parameters: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .refine((parameters) => Object.keys(parameters).every((name) => !ownParameters.includes(name)), {
        message: `must not hold what the tool sets itself: ${ownParameters.join(', ')}`,
      })
      .default({})
      .describe('Further request parameters, sent as they are, e.g. reasoning_effort'),
    usd_per_million_tokens: z
      .strictObject({
        input: z.number().min(0),
        cached_input: z.number().min(0).optional().describe('Default: the price of `input`'),
        output: z.number().min(0).describe('Hidden reasoning included'),
      })
      .optional()
      .describe('Price of the model; without it the cost is what the endpoint reports, or unknown'),
    max_output_tokens: z
      .int()
      .min(256)
      .max(1_000_000)
      .default(24_000)
      .describe('Room for the answer and hidden reasoning'),
    max_prompt_characters: z
      .int()
      .min(2000)
      .max(2_000_000)
      .default(60_000)
      .describe('Where the change is cut, at hunk boundaries'),
    max_calls: z.int().min(1).max(16).default(4).describe('Model calls a commit, repairs included'),
    timeout_seconds: z.number().positive().max(3600).default(600).describe('For one call'),
    prompt: Slug.optional().describe(
      'Folder below `prompts/` that holds `system.md`, `user.md` and `repair.md`; default: the built-in prompt',
    ),
    verify: z.enum(['static', 'trial']).default('trial').describe('`trial` runs the test once on each side'),
    trial: z
      .strictObject({
        accelerator: MeasurementSettings.shape.accelerator,
        sandbox: MeasurementSettings.shape.sandbox,
        timeout_seconds: MeasurementSettings.shape.timeout_seconds,
        memory_bytes: MeasurementSettings.shape.memory_bytes,
      })
      .prefault({})
      .describe('Where a new test is tried'),
    workloads: z
      .array(Workload)
      .max(200)
      .default([])
      .describe('Tests without a model: the first that fits a commit is its test where no `provider` is named'),
  })
  .refine((settings) => (settings.provider === undefined) === (settings.model === undefined), {
    message: '`provider` and `model` go together',
  })
  .meta({ id: 'generation-settings', title: 'generation.yaml' })
export type GenerationSettings = z.infer<typeof GenerationSettings>
