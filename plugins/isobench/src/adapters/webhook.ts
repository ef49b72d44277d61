import { setTimeout as sleep } from 'node:timers/promises'
import { IsobenchError } from '../errors.ts'
import { retryAfterOf, secondsToWait } from './hub-fetch.ts'

const tries = 4
const longestWaitSeconds = 60

/** How a message is sent. */
export interface WebhookOptions {
  /** A secret: whoever knows it can write there. No message and no error repeats any part of it. */
  readonly url: string
  /** What the person who reads an error calls it, e.g. a variable of the environment */
  readonly name: string
  readonly timeoutSeconds?: number
  readonly wait?: (seconds: number) => Promise<void>
}

/**
 * Posts a value as JSON; once more after 429, 5xx and network faults, four times in all. A redirect is not followed.
 * @throws IsobenchError `bad-input` for an address that is none or an answer that another try would not change, `network`
 *   when no try was answered
 */
export async function postJson(value: unknown, options: WebhookOptions): Promise<void> {
  const { url, name, timeoutSeconds = 20, wait = (seconds) => sleep(1000 * seconds) } = options
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new IsobenchError('bad-input', `no http or https address: ${name}`)
  }
  const body = JSON.stringify(value)
  for (let attempt = 1; ; attempt++) {
    const answer = await once(url, body, timeoutSeconds)
    if (answer instanceof Response && answer.ok) return
    const isFinal = answer instanceof Response && answer.status < 500 && answer.status !== 429
    if (isFinal || attempt === tries) throw undelivered(name, answer, isFinal)
    const asked = answer instanceof Response ? retryAfterOf(answer.headers) : null
    await wait(secondsToWait(attempt, asked === null ? null : Math.min(asked, longestWaitSeconds), Math.random()))
  }
}

async function once(url: string, body: string, timeoutSeconds: number): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const signal = AbortSignal.timeout(1000 * timeoutSeconds)
  try {
    const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    await answer.body?.cancel()
    return answer
  } catch (error) {
    return error
  }
}

function undelivered(name: string, answer: unknown, isFinal: boolean): IsobenchError {
  const why = answer instanceof Response ? `HTTP ${answer.status}` : faultOf(answer)
  return new IsobenchError(isFinal ? 'bad-input' : 'network', `the webhook of ${name} took nothing: ${why}`, {
    hint: isFinal ? `check the address in ${name}` : 'run it again: what was not taken is told again',
  })
}

/** The code of the fault alone: the message may hold the address. */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer'
  const cause = error.cause
  if (cause instanceof Error && 'code' in cause) return String(cause.code)
  return error.name === 'TimeoutError' ? 'no answer in time' : 'no answer'
}
