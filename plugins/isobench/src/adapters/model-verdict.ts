import { type ErrorCode, IsobenchError } from '../errors.ts'
import type { Fault } from './model-fault.ts'

/** What to do about a fault: wait and ask again (null: as long as the policy says), or give up with `error`. */
interface Verdict {
  readonly retry: boolean
  readonly waitSeconds: number | null
  readonly error: IsobenchError
}

/** The longest `retry-after` that is waited for; beyond it the stage ends and can be run again later. */
const longestWaitSeconds = 120

const spent = new Set(['insufficient_quota', 'billing_hard_limit_reached'])

/** Decides about a fault. @param detail what the endpoint says, fit for a message; @param tries calls made so far */
export function judge(fault: Fault, host: string, detail: string, tries: number): Verdict {
  const retry = (code: ErrorCode, message: string, hint: string, waitSeconds: number | null = null): Verdict => ({
    retry: true,
    waitSeconds,
    error: new IsobenchError(code, message, fault.cause === undefined ? { hint } : { hint, cause: fault.cause }),
  })
  const stop = (code: ErrorCode, message: string, hint: string): Verdict => ({
    ...retry(code, message, hint),
    retry: false,
  })
  const { kind, status, code } = fault
  const said = detail === '' ? '' : `: ${detail}`
  const later = 'run it again later; answers that came before are kept'
  const count = tries === 1 ? '1 try' : `${tries} tries`
  if (kind === 'timeout') {
    return stop(
      'network',
      `no answer in time from ${host}`,
      'raise `timeout_seconds` in generation.yaml; the call may have been billed',
    )
  }
  if (kind === 'connection')
    return retry('network', `cannot reach ${host} (${count})${said}`, 'check `base_url` in generation.yaml')
  if (kind === 'cut') return retry('network', `the answer of ${host} breaks off (${count})`, later)
  if (kind === 'body') {
    return retry(
      'model-unusable',
      `no chat completion from ${host} (${count})${said}`,
      'check `base_url` in generation.yaml',
    )
  }
  if (status === 402 || (code !== null && spent.has(code))) {
    return stop(
      'rate-limited',
      `the quota at ${host} is spent${said}`,
      'add credit, or name another endpoint in generation.yaml',
    )
  }
  if (status === 401 || status === 403) {
    return stop(
      'credential-missing',
      `${host} does not accept the key (${status})${said}`,
      'check the variable that `api_key_variable` in generation.yaml names',
    )
  }
  if (status === 404)
    return stop(
      'model-unusable',
      `${host} has no such model or path (404)${said}`,
      'check `model` and `base_url` in generation.yaml',
    )
  if (status === 429) {
    const wait = fault.retryAfterSeconds
    if (wait !== null && wait > longestWaitSeconds) {
      return stop('rate-limited', `${host} limits the rate and asks to wait: ${Math.ceil(wait)} s`, later)
    }
    return retry('rate-limited', `${host} limits the rate (${count})${said}`, later, wait)
  }
  if (status === null || status >= 500 || status === 408 || status === 409 || status === 425) {
    const wait = fault.retryAfterSeconds
    const asked = wait !== null && wait <= longestWaitSeconds ? wait : null
    return retry('network', `${host} fails with ${status ?? 'an error'} (${count})${said}`, later, asked)
  }
  if (status < 400)
    return stop('model-unusable', `${host} redirects (${status})`, 'check `base_url` in generation.yaml')
  return stop(
    'model-unusable',
    `${host} does not accept the request (${status})${said}`,
    'check `model`, `parameters`, `model_output_tokens` and the provider in generation.yaml',
  )
}

/**
 * What the endpoint said as one short line, or only its code where the text quotes the key or the prompt: error
 * bodies do (a validation error echoes the input), and messages end up in logs that Nx keeps.
 */
export function safeDetail(fault: Fault, secret: string, prompt: string): string {
  const code = fault.code?.replace(/[^\w.-]/g, '').slice(0, 60) ?? ''
  const text = fault.message.replace(/\s+/g, ' ').trim().slice(0, 200).toWellFormed()
  return quotes(text, secret) || quotes(text, prompt) ? code : text
}

const shortestQuote = 16

function quotes(text: string, source: string): boolean {
  const flat = source.replace(/\s+/g, ' ')
  if (flat.length === 0) return false
  const length = Math.min(shortestQuote, flat.length)
  for (let start = 0; start + length <= text.length; start++) {
    if (flat.includes(text.slice(start, start + length))) return true
  }
  return false
}
