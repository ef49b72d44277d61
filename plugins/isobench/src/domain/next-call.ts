import type { Attempt } from '../schema/generation.ts'
import type { GenerationSettings } from '../schema/generation-settings.ts'
import type { ProviderProfile } from '../schema/provider.ts'
import type { CompletionRequest } from './chat-request.ts'
import { lessEffort, pricesOf } from './provider.ts'
import { mostOf, passedLimit, sumSpending } from './spending.ts'

/** A call of a generation, without its number. */
export type Call = Omit<CompletionRequest, 'attempt'> & { readonly kind: Attempt['kind'] }

interface Rules {
  readonly settings: GenerationSettings
  readonly provider: ProviderProfile
}

/**
 * The one answer to each kind of failure: more room after a cut, the same once more after nothing, else a repair.
 * @returns undefined when there is none
 */
export function nextCall(
  { settings, provider }: Rules,
  call: Call,
  result: Attempt['result'],
  repair: () => Call['messages'],
): Call | undefined {
  if (result === 'truncated' || result === 'empty-length') {
    const room = Math.min(call.maxOutputTokens * 2, settings.model_output_tokens ?? Infinity)
    const effort = result === 'truncated' ? call.effort : lessEffort(call.effort, provider)
    const isAnother = room > call.maxOutputTokens || effort !== call.effort
    return isAnother ? { ...call, maxOutputTokens: Math.max(room, call.maxOutputTokens), effort } : undefined
  }
  if (result === 'empty-stop' || result === 'invalid-envelope') return call
  return { ...call, kind: 'repair', messages: repair() }
}

/** Why no further call is made for this commit; undefined when `next` may be. */
export function reasonToStop(
  settings: GenerationSettings,
  attempts: readonly Attempt[],
  isRepeated: boolean,
  next: Call | undefined,
): string | undefined {
  if (isRepeated) return 'the same problem again'
  if (attempts.length >= settings.max_calls) return 'no call left'
  if (next === undefined) return 'the model has no more room'
  const repairs = attempts.filter(({ kind }) => kind === 'repair').length
  return next.kind === 'repair' && repairs >= settings.max_repairs ? 'no repair left' : undefined
}

/** Which limit of the commit, of tokens or money, the next call could pass; undefined when it fits. */
export function spentBudget(
  { settings, provider }: Rules,
  attempts: readonly Attempt[],
  next: Call,
): string | undefined {
  const spent = sumSpending(
    attempts.map(({ usage, cost_usd: usd }) => ({
      calls: 1,
      tokens: (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0),
      usd,
    })),
  )
  const most = mostOf({ ...next, attempt: attempts.length }, pricesOf(settings, provider))
  return passedLimit({ tokens: settings.max_tokens, usd: settings.max_usd }, spent, most)
}
