import { setTimeout } from 'node:timers/promises'
import { IsobenchError } from '../errors.ts'
import type { Fault } from './model-fault.ts'
import { judge, safeDetail } from './model-verdict.ts'

/** How long an endpoint is insisted with, and what no message may quote. */
export interface RetryPolicy {
  readonly baseUrl: string
  readonly key: string | undefined
  readonly prompt: string
  /** For one try */
  readonly timeoutSeconds: number
  /** For all tries and the waits between them */
  readonly deadlineSeconds: number
  readonly log: (message: string) => void
  /** How to wait before the next try */
  readonly sleep?: ((seconds: number) => Promise<void>) | undefined
}

/** What one try gave. */
export type Tried<Answer> =
  | { readonly answered: Answer; readonly fault?: undefined }
  | { readonly answered?: undefined; readonly fault: Fault }

/** Why there is no answer. */
export interface GivenUp {
  readonly error: IsobenchError
  /** The endpoint got the request and may have worked on it */
  readonly mayBeBilled: boolean
}

const mostTries = 5

/** Tries until there is an answer or a reason to give up. */
export async function untilAnswered<Answer extends object>(
  policy: RetryPolicy,
  attempt: (timeoutSeconds: number) => Promise<Tried<Answer>>,
): Promise<Answer | GivenUp> {
  const host = new URL(policy.baseUrl).host
  let left = policy.deadlineSeconds
  for (let tries = 1; ; tries++) {
    const began = performance.now()
    const tried = await attempt(Math.min(policy.timeoutSeconds, left))
    if (tried.fault === undefined) return tried.answered
    const { fault } = tried
    left -= (performance.now() - began) / 1000
    const { retry, waitSeconds, error } = judge(fault, host, safeDetail(fault, policy.key ?? '', policy.prompt), tries)
    const mayBeBilled = fault.kind === 'timeout' || fault.kind === 'cut'
    if (!retry || tries >= mostTries) return { error, mayBeBilled }
    const seconds = waitSeconds ?? 2 ** (tries - 1) * (0.5 + Math.random() / 2)
    if (seconds >= left) return { error: pastDeadline(error), mayBeBilled }
    policy.log(`${error.message}; asking again in ${Math.ceil(seconds)} s`)
    await (policy.sleep ?? sleep)(seconds)
    left -= seconds
  }
}

function pastDeadline({ code, message, hint, cause }: IsobenchError): IsobenchError {
  const advice = `${hint ?? ''}; \`deadline_seconds\` in generation.yaml says how long to go on`
  return new IsobenchError(code, message, cause === undefined ? { hint: advice } : { hint: advice, cause })
}

async function sleep(seconds: number): Promise<void> {
  await setTimeout(seconds * 1000)
}
