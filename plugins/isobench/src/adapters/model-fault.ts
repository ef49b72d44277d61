import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai'
import type { ReportedError } from '../domain/answered.ts'

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
    const { status, type } = error
    // llama.cpp numbers its codes, whatever the client's types say.
    const code: unknown = error.code
    // The client puts the status in front, and a sentence where the body is empty.
    const message = error.message.replace(/^\d{3} (status code \(no body\)$)?/, '')
    const retryAfterSeconds = error.headers === undefined ? null : retryAfter(error.headers)
    return {
      kind: 'status',
      status,
      code: typeof code === 'string' ? code : (type ?? null),
      message,
      retryAfterSeconds,
    }
  }
  // A body that ends early is a TypeError of `fetch`, one that is cut inside JSON a SyntaxError; neither is wrapped.
  if (error instanceof SyntaxError || (error instanceof TypeError && error.message === 'terminated')) {
    return { ...nothing, kind: 'cut' }
  }
  return undefined
}

/** The fault in a body that came with status 200 and holds no answer: an error object, a page, or anything. */
export function faultInBody(body: unknown, error: ReportedError | undefined): Fault {
  const nothing = { status: null, code: null, retryAfterSeconds: null }
  if (error === undefined) {
    const message = typeof body === 'string' ? 'text that is not JSON' : 'JSON without `choices`'
    return { ...nothing, kind: 'body', message }
  }
  const code = error.code ?? error.type ?? null
  return {
    ...nothing,
    kind: 'status',
    status: typeof code === 'number' ? code : null,
    code: typeof code === 'string' ? code : null,
    message: error.message ?? 'an error without a message',
  }
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
