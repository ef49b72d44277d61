import { type Effort, type Prices, ProviderProfile, type ProviderReference } from '../schema/provider.ts'
import type { GenerationSettings } from '../schema/generation-settings.ts'

/** Room for the answer itself, in tokens: a test has a few thousand. */
const visibleTokens = 8000

/** Room for hidden reasoning, which is billed against the same limit. */
const reservedTokens: Record<Effort, number> = {
  none: 0,
  minimal: 4000,
  low: 8000,
  medium: 16_000,
  high: 32_000,
  xhigh: 64_000,
  max: 64_000,
}

/** What a model that thinks first does not take. */
const samplingParameters = ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'logprobs', 'top_logprobs']

/** The profile that a reference names; the keys beside the name win. @param named the profile of that name */
export function resolveProvider(reference: ProviderReference, named: ProviderProfile | undefined): ProviderProfile {
  const name = profileName(reference)
  if (name !== undefined && named === undefined) throw new Error(`the profile of this provider is not given: ${name}`)
  if (typeof reference === 'string') return named!
  const { profile: _, ...overrides } = reference
  return ProviderProfile.parse({ ...named, ...overrides })
}

/** The name of the profile that a reference starts from, if any. */
export function profileName(reference: ProviderReference): string | undefined {
  return typeof reference === 'string' ? reference : reference.profile
}

/** The first setting that this provider or model does not take, with its key; undefined when all fit. */
export function unfitSetting(
  { model, effort, structured_output, parameters }: GenerationSettings,
  provider: ProviderProfile,
): { readonly path: readonly string[]; readonly message: string } | undefined {
  if (effort !== undefined && provider.effort?.values.includes(effort) !== true) {
    const known = provider.effort?.values.join(', ') ?? 'none at all'
    return { path: ['effort'], message: `the provider does not take this effort, only ${known}: ${effort}` }
  }
  if (structured_output && !provider.structured_output) {
    return { path: ['structured_output'], message: 'the provider does not keep answers to a schema' }
  }
  const name = samplingParameters.find((parameter) => Object.hasOwn(parameters, parameter))
  if (name !== undefined && thinksFirst(model!, effort, provider)) {
    return { path: ['parameters', name], message: `a model that thinks first takes no such parameter: ${name}` }
  }
  return undefined
}

/** Whether the model reasons before it answers, as the profile's patterns or the effort say. */
export function thinksFirst(model: string, effort: Effort | undefined, provider: ProviderProfile): boolean {
  if (effort !== undefined) return effort !== 'none'
  return provider.reasoning_models.some((pattern) => new RegExp(pattern).test(model))
}

/** The output limit of a first call: what the settings say, else room for the answer and for hidden reasoning. */
export function outputRoom({ max_output_tokens: limit, effort }: GenerationSettings): number {
  return limit ?? visibleTokens + reservedTokens[effort ?? 'medium']
}

/** The next smaller effort that the provider takes; the same where there is none. */
export function lessEffort(effort: Effort | undefined, provider: ProviderProfile): Effort | undefined {
  if (effort === undefined) return undefined
  const values = provider.effort?.values ?? []
  return values[values.indexOf(effort) - 1] ?? effort
}

/** The price of the model: that of the settings, else that of the profile, else unknown. */
export function pricesOf(settings: GenerationSettings, provider: ProviderProfile): Prices | undefined {
  if (settings.usd_per_million_tokens !== undefined) return settings.usd_per_million_tokens
  return Object.hasOwn(provider.usd_per_million_tokens, settings.model!)
    ? provider.usd_per_million_tokens[settings.model!]
    : undefined
}
