import { z } from 'zod'
import { MeasurementSettings } from './measurement-settings.ts'
import { Slug } from './primitives.ts'
import { Effort, Prices, ProviderReference } from './provider.ts'
import { Workload } from './workload.ts'

const ownParameters = [
  'model',
  'messages',
  'stream',
  'n',
  'max_completion_tokens',
  'max_tokens',
  'reasoning_effort',
  'reasoning',
  'response_format',
]

/** `commits/<repository>/generation.yaml`: how efficiency tests are written. */
export const GenerationSettings = z
  .strictObject({
    provider: ProviderReference.optional().describe(
      'Who writes the test: a profile (`openai`, `anthropic`, `gemini`, `openrouter`, `vllm`, `ollama`, `llama-cpp`, or `providers/<name>.yaml` beside this file), or its keys here; without it only reviewed tests are used',
    ),
    model: z.string().min(1).optional().describe('The model, as the endpoint names it; there is no default'),
    effort: Effort.optional().describe(
      'How much the model thinks first, where the provider can be told; default: its own',
    ),
    structured_output: z
      .boolean()
      .default(false)
      .describe('Ask for JSON by a schema in place of a fenced block, where the provider can do that'),
    parameters: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .refine((parameters) => Object.keys(parameters).every((name) => !ownParameters.includes(name)), {
        message: `must not hold what the tool sets itself: ${ownParameters.join(', ')}`,
      })
      .default({})
      .describe('Further request parameters, sent as they are, e.g. seed'),
    usd_per_million_tokens: Prices.optional().describe(
      'Price of the model; default: that of the profile, else what the endpoint reports, else unknown',
    ),
    max_output_tokens: z
      .int()
      .min(256)
      .max(1_000_000)
      .optional()
      .describe(
        'Room for the answer and hidden reasoning; default: 8,000 and a reserve by `effort`, 24,000 without one',
      ),
    model_output_tokens: z
      .int()
      .min(256)
      .optional()
      .describe('What the model can give at most; a cut answer is asked for again with twice the room, up to this'),
    max_prompt_characters: z
      .int()
      .min(2000)
      .max(2_000_000)
      .default(60_000)
      .describe('Where the change is cut, at hunk boundaries'),
    max_calls: z.int().min(1).max(16).default(4).describe('Model calls a commit, repairs included'),
    max_repairs: z.int().min(0).max(15).default(2).describe('Calls of these that mend a version that failed'),
    max_tokens: z.int().min(1).optional().describe('Tokens a commit, in and out; no call is made that could pass it'),
    max_usd: z.number().positive().optional().describe('US dollars a commit, in the same way; needs a known price'),
    timeout_seconds: z.number().positive().max(3600).default(600).describe('For one try of a call'),
    deadline_seconds: z
      .number()
      .positive()
      .max(86_400)
      .default(1800)
      .describe('For a call with all its tries and the waits between them'),
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
