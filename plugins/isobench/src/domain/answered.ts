import { z } from 'zod'
import { ChatCompletion, type FilteredRequest, type StoredAnswer } from '../schema/answer.ts'
import type { ChatRequest } from './chat-request.ts'

/** What an endpoint answered. */
export interface Answered {
  readonly response: ChatCompletion | FilteredRequest
  readonly requestId: string | null
  readonly batchId?: string
}

/** An answer as it is kept, so that asking for it again gives the same. */
export function storedAnswer(
  { endpoint, attempt, body }: Pick<ChatRequest, 'endpoint' | 'attempt'> & { readonly body: StoredAnswer['request'] },
  { requestId, response, batchId }: Answered,
): StoredAnswer {
  return {
    schema_version: 1,
    endpoint,
    attempt,
    request: body,
    request_id: requestId,
    ...(batchId === undefined ? {} : { batch_id: batchId }),
    response,
  }
}

/** The answer less the key: an endpoint that echoes it must not bring it into the store. */
export function withoutKey(answered: Answered, key: string | undefined): Answered {
  if (key === undefined) return answered
  return JSON.parse(JSON.stringify(answered).replaceAll(JSON.stringify(key).slice(1, -1), '[key]'))
}

const ErrorBody = z.looseObject({
  error: z.looseObject({
    code: z.union([z.string(), z.number()]).nullish(),
    type: z.string().nullish(),
    message: z.string().nullish(),
    metadata: z.looseObject({ reasons: z.unknown().optional() }).nullish(),
  }),
})

/** What stands under `error` in a body or in a choice; undefined where nothing does. */
export type ReportedError = z.infer<typeof ErrorBody>['error']

export function reportedError(value: unknown): ReportedError | undefined {
  return ErrorBody.safeParse(value).data?.error
}

const filterCodes = new Set(['content_filter', 'content_policy_violation', 'invalid_prompt'])

/**
 * What the endpoint says when its filter did not let the request pass: Azure and OpenAI with a code, OpenRouter with 403
 * and the reasons of its moderation. The same request meets the same filter, so this is an answer and no fault.
 * @param status of the response; undefined where it stands in the error itself
 */
export function filteredRequest(error: ReportedError | undefined, status?: number): FilteredRequest | undefined {
  if (error === undefined) return undefined
  const moderated = Number(status ?? error.code) === 403 && Array.isArray(error.metadata?.reasons)
  return moderated || filterCodes.has(String(error.code)) ? { error } : undefined
}

/**
 * A body with status 200: an answer, or the error it reports, in itself or in its first choice; neither when it is
 * something else.
 */
export function readBody(body: unknown): { answer?: Answered['response']; error?: ReportedError } {
  const envelope = ChatCompletion.safeParse(body)
  const error = reportedError(envelope.success ? envelope.data.choices[0] : body)
  const filtered = filteredRequest(error)
  if (filtered !== undefined) return { answer: filtered }
  if (error !== undefined) return { error }
  return envelope.success ? { answer: envelope.data } : {}
}
