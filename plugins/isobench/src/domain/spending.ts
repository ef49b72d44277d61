import type { Prices } from '../schema/provider.ts'
import type { CompletionRequest } from './chat-request.ts'

/** What calls used, or may use at most. */
export interface Spending {
  readonly calls: number
  readonly tokens: number
  /** US dollars; null where the price is unknown */
  readonly usd: number | null
}

/** Fewer characters a token than any text of a prompt has (3.5 was measured), so that an estimate errs upwards. */
const fewestCharactersPerToken = 2.5

/** What a request may use at most: its prompt, and all the room it gives. */
export function mostOf(request: CompletionRequest, prices: Prices | undefined): Spending {
  const characters = request.messages.reduce((total, { content }) => total + content.length, 0)
  const input = Math.ceil(characters / fewestCharactersPerToken)
  const output = request.maxOutputTokens
  const usd = prices === undefined ? null : (input * prices.input + output * prices.output) / 1_000_000
  return { calls: 1, tokens: input + output, usd }
}

/** Sum of spendings; money is unknown when one of them is. */
export function sumSpending(spendings: readonly Spending[]): Spending {
  return spendings.reduce(
    (total, { calls, tokens, usd }) => ({
      calls: total.calls + calls,
      tokens: total.tokens + tokens,
      usd: total.usd === null || usd === null ? null : total.usd + usd,
    }),
    { calls: 0, tokens: 0, usd: 0 },
  )
}

/** Limits of the same three things; what is not there is not limited. */
export interface Limits {
  readonly calls?: number | undefined
  readonly tokens?: number | undefined
  readonly usd?: number | undefined
}

/**
 * The first limit that would be passed, as text: what is spent, and what the next call may cost. Money that is unknown
 * passes every limit of money.
 */
export function passedLimit(limits: Limits, spent: Spending, next: Spending): string | undefined {
  if (limits.calls !== undefined && spent.calls + next.calls > limits.calls) {
    return `${spent.calls} of ${limits.calls} calls are made`
  }
  if (limits.tokens !== undefined && spent.tokens + next.tokens > limits.tokens) {
    return `${spent.tokens} of ${limits.tokens} tokens are spent and the next call may take ${next.tokens}`
  }
  if (limits.usd === undefined) return undefined
  const total = sumSpending([spent, next]).usd
  if (total === null) return `the price of a call is unknown and at most ${limits.usd} USD may be spent`
  if (total <= limits.usd) return undefined
  return `${dollars(spent.usd!)} of ${limits.usd} USD are spent and the next call may cost ${dollars(next.usd!)}`
}

function dollars(usd: number): string {
  return usd.toFixed(4)
}
