import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai'
import { z } from 'zod'
import type { FilteredRequest } from '../schema/answer.ts'

/** Why a call gave no chat completion. */
export interface Fault {
  readonly kind: 'status' | 'timeout' | 'connection' | 'cut' | 'body'
  /** HTTP status, or the one that an error object names; null where there is none */
  readonly status: number | null
  readonly code: string | null
  /** What the endpoint says. It may echo the key or the prompt, see `safeDetail`. */
  readonly message: string
  readonly retryAfterSeconds: number | null
  readonly cause?: unknown
}

/** The fault behind an error of the client; undefined when it is none of the wire. */
export function faultOf(error: unknown): Fault | undefined {
  const nothing = { status: null, code: null, retryAfterSeconds: null, message: '' }
  if (error instanceof APIConnectionTimeoutError) return { ...nothing, kind: 'timeout' }
  if (error instanceof APIConnectionError)
    return { ...nothing, kind: 'connection', message: reason(error), cause: error.cause }
  if (error instanceof APIError && error.status !== undefined) {
    const { status, code, type } = error
    // The client puts the status in front, and a sentence where the body is empty.
    const message = error.message.replace(/^\d{3} (status code \(no body\)$)?/, '')
    const retryAfterSeconds = error.headers === undefined ? null : retryAfter(error.headers)
    return { kind: 'status', status, code: code ?? type ?? null, message, retryAfterSeconds }
  }
  // A body that ends early is a TypeError of `fetch`, one that is cut inside JSON a SyntaxError; neither is wrapped.
  if (error instanceof SyntaxError || (error instanceof TypeError && error.message === 'terminated')) {
    return { ...nothing, kind: 'cut' }
  }
  return undefined
}

const filterCodes = new Set(['content_filter', 'content_policy_violation', 'invalid_prompt'])

/**
 * What the endpoint says when its filter did not let the request pass: Azure and OpenAI with status 400 and a code,
 * OpenRouter with 403 and the reasons of its moderation. The same request meets the same filter, so this is an answer.
 */
export function filteredRequest(problem: unknown): FilteredRequest | undefined {
  const error = problem instanceof APIError ? { ...asObject(problem.error), status: problem.status } : errorIn(problem)
  const {
    code,
    status = code,
    metadata,
  } = z
    .looseObject({
      code: z.unknown(),
      status: z.unknown(),
      metadata: z.looseObject({ reasons: z.unknown() }).nullish(),
    })
    .partial()
    .parse(error)
  const moderated = Number(status) === 403 && Array.isArray(metadata?.reasons)
  if (!moderated && !filterCodes.has(String(code))) return undefined
  const { status: _, ...said } = error
  return { error: said }
}

function errorIn(body: unknown): Record<string, unknown> {
  return ErrorBody.safeParse(body).data?.error ?? {}
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

const ErrorBody = z.looseObject({
  error: z.looseObject({
    code: z.union([z.string(), z.number()]).nullish(),
    type: z.string().nullish(),
    message: z.string().nullish(),
  }),
})

/** The fault in a body (or a choice) that came with status 200 and is no answer: an error object, a page, or anything. */
export function faultInBody(body: unknown): Fault {
  const error = ErrorBody.safeParse(body).data?.error
  if (error === undefined) {
    const message = typeof body === 'string' ? 'text that is not JSON' : 'JSON without `choices`'
    return { kind: 'body', status: null, code: null, message, retryAfterSeconds: null }
  }
  const code = error.code ?? error.type ?? null
  const status = typeof code === 'number' ? code : null
  return {
    kind: 'status',
    status,
    code: typeof code === 'string' ? code : null,
    message: error.message ?? 'an error without a message',
    retryAfterSeconds: null,
  }
}

/** The fault in the first choice of a chat completion, where the endpoint reports one there. */
export function faultInChoice(choice: unknown): Fault | undefined {
  return ErrorBody.safeParse(choice).success ? faultInBody(choice) : undefined
}

function retryAfter(headers: Headers): number | null {
  const milliseconds = Number(headers.get('retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds / 1000)
  const value = headers.get('retry-after')
  if (value === null) return null
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds)
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, (date - Date.now()) / 1000)
}

/** The innermost reason, e.g. `connect ECONNREFUSED 127.0.0.1:9`. */
function reason(error: Error): string {
  return error.cause instanceof Error ? reason(error.cause) : error.message
}
