import { z } from 'zod'
import type { Usage } from '../schema/generation.ts'
import type { Prices } from '../schema/provider.ts'

const Count = z.int().min(0).nullish().catch(null)
const Details = z.looseObject({ reasoning_tokens: Count, cached_tokens: Count }).nullish().catch(null)

const ReportedUsage = z
  .looseObject({
    prompt_tokens: Count,
    completion_tokens: Count,
    completion_tokens_details: Details,
    prompt_tokens_details: Details,
    cost: z.number().min(0).nullish().catch(null),
  })
  .nullish()
  .catch(null)

/** Tokens and cost (US dollars) as the endpoint reports them; what it leaves out or garbles is null. */
export function readUsage(reported: unknown): { usage: Usage; reportedCost: number | null } {
  const usage = ReportedUsage.parse(reported)
  return {
    usage: {
      input_tokens: usage?.prompt_tokens ?? null,
      output_tokens: usage?.completion_tokens ?? null,
      reasoning_tokens: usage?.completion_tokens_details?.reasoning_tokens ?? null,
      cached_tokens: usage?.prompt_tokens_details?.cached_tokens ?? null,
    },
    reportedCost: usage?.cost ?? null,
  }
}

/** The sum over the calls; null where one of them does not say. Nothing called is nothing used. */
export function sumUsage(usages: readonly Usage[]): Usage {
  const sum = (key: keyof Usage) => sumOrNull(usages.map((usage) => usage[key]))
  return {
    input_tokens: sum('input_tokens'),
    output_tokens: sum('output_tokens'),
    reasoning_tokens: sum('reasoning_tokens'),
    cached_tokens: sum('cached_tokens'),
  }
}

/** The sum, or null when one of the numbers is unknown. */
export function sumOrNull(numbers: readonly (number | null)[]): number | null {
  return numbers.reduce((total, number) => (total === null || number === null ? null : total + number), 0)
}

/**
 * US dollars of one call: what the endpoint reports, else tokens by price, else null.
 * @param factor what it costs of the price, e.g. 0.5 for an answer of a batch job
 */
export function costOf(
  usage: Usage,
  reportedCost: number | null,
  price: Prices | undefined,
  factor = 1,
): number | null {
  if (reportedCost !== null) return reportedCost
  if (price === undefined || usage.input_tokens === null || usage.output_tokens === null) return null
  const cached = Math.min(usage.cached_tokens ?? 0, usage.input_tokens)
  const fresh = usage.input_tokens - cached
  const total = fresh * price.input + cached * (price.cached_input ?? price.input) + usage.output_tokens * price.output
  return (total * factor) / 1_000_000
}
