import { setTimeout as wait } from 'node:timers/promises'

/** Why the Hub did not do what it was asked to. */
export class HubFault extends Error {
  override readonly name = 'HubFault'
  /** HTTP status; null when no answer came */
  readonly status: number | null
  readonly retryAfterSeconds: number | null

  constructor(message: string, options: { status: number | null; retryAfterSeconds?: number | null; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.status = options.status
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
  }
}

export interface HubFetchOptions {
  /** Waits so many seconds before a request is sent again. */
  readonly wait?: (seconds: number) => Promise<void>
  /** A number from 0 to 1, for the spread of waits. */
  readonly random?: () => number
  /** Called with the bytes of a file, or of a part of one, that the storage has taken. */
  readonly onUploaded?: (bytes: number) => void
}

const tries = 4
const longestWaitSeconds = 60
const requestMilliseconds = 120_000
const uploadMilliseconds = 1_800_000

/**
 * `fetch` for the Hub's client. Requests that may be sent twice without harm are sent again after 429, 5xx and network
 * faults; a commit, a new repository and a tag are not: whether they took effect must be looked up first.
 * @throws HubFault for every answer of 429 and 5xx that stays, and when no answer comes
 */
export function hubFetch(options: HubFetchOptions = {}): typeof fetch {
  const { wait: pause = (seconds) => wait(1000 * seconds), random = Math.random, onUploaded } = options
  return async (input, init) => {
    const method = init?.method ?? 'GET'
    const path = pathOf(input)
    for (let attempt = 1; ; attempt++) {
      const answer = await once(input, init, method)
      if (answer instanceof Response && answer.status !== 429 && answer.status < 500) {
        if (method === 'PUT' && answer.ok) onUploaded?.(sizeOf(init?.body))
        return answer
      }
      const fault = answer instanceof Response ? await faultOf(answer, method, path) : noAnswer(answer, method, path)
      if (attempt >= tries || !isRepeatable(method, path) || init?.signal?.aborted === true) throw fault
      await pause(secondsToWait(attempt, fault.retryAfterSeconds, random()))
    }
  }
}

/**
 * Seconds before another attempt: what the server asks for, else 1, 2, 4 … up to a minute; both spread by up to a half,
 * so that two pushers do not meet again.
 * @param random from 0 to 1
 */
export function secondsToWait(attempt: number, retryAfterSeconds: number | null, random: number): number {
  const seconds = retryAfterSeconds ?? Math.min(2 ** (attempt - 1), longestWaitSeconds)
  return seconds * (1 + random / 2)
}

/** Seconds that an answer asks to wait: `Retry-After`, or the reset of the Hub's `RateLimit` header (`…;r=0;t=55`). */
export function retryAfterOf(headers: Headers, now = Date.now()): number | null {
  const value = headers.get('retry-after')
  if (value !== null && /^\d+$/.test(value)) return Number(value)
  const date = value === null ? Number.NaN : Date.parse(value)
  if (!Number.isNaN(date)) return Math.max(0, (date - now) / 1000)
  const [, reset] = /(?:^|[;,\s])t=(\d+)/.exec(headers.get('ratelimit') ?? '') ?? []
  return reset === undefined ? null : Number(reset)
}

function once(input: string | URL | Request, init: RequestInit | undefined, method: string): Promise<unknown> {
  const limit = AbortSignal.timeout(method === 'PUT' ? uploadMilliseconds : requestMilliseconds)
  const signal = init?.signal == null ? limit : AbortSignal.any([init.signal, limit])
  return fetch(input, { ...init, signal }).catch((error: unknown) => error)
}

async function faultOf(answer: Response, method: string, path: string): Promise<HubFault> {
  await answer.body?.cancel()
  return new HubFault(`${method} ${path}: HTTP ${answer.status}`, {
    status: answer.status,
    retryAfterSeconds: retryAfterOf(answer.headers),
  })
}

function noAnswer(error: unknown, method: string, path: string): HubFault {
  return new HubFault(`${method} ${path}: ${reason(error)}`, { status: null, cause: error })
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reason(error.cause) : error.message
}

function isRepeatable(method: string, path: string): boolean {
  return method !== 'POST' || /\/(?:preupload\/[^/]+|objects\/batch|paths-info\/[^/]+)$/.test(path)
}

/** Without the query: storage signs its addresses there. */
function pathOf(input: string | URL | Request): string {
  return new URL(input instanceof Request ? input.url : input).pathname
}

function sizeOf(body: RequestInit['body']): number {
  return body instanceof Blob ? body.size : 0
}
