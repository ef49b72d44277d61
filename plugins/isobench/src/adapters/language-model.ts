import { setTimeout } from 'node:timers/promises'
import type OpenAI from 'openai'
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions'
import { type Completion, readCompletion } from '../domain/answer.ts'
import { canonicalJsonLine } from '../domain/canonical-json.ts'
import { sha256 } from '../domain/digest.ts'
import type { Message } from '../domain/prompt.ts'
import { ChatCompletion } from '../schema/answer.ts'
import type { AnswerStore } from './answer-store.ts'
import { type Fault, faultInBody, faultOf } from './model-fault.ts'
import { judge, safeDetail } from './model-verdict.ts'
import { createClient } from './openai-client.ts'

/** What is asked. */
export interface CompletionRequest {
  readonly model: string
  readonly messages: readonly Message[]
  readonly maxOutputTokens: number
  /** Further parameters, sent as they are */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Calls before this one in the same generation, so that the same request twice gives two samples */
  readonly attempt: number
}

/** Somebody who answers. */
export interface LanguageModel {
  complete(request: CompletionRequest): Promise<Completion>
}

/** An endpoint and how to use it. Nothing is read from the environment. */
export interface LanguageModelOptions {
  /** e.g. `https://api.openai.com/v1` */
  readonly baseUrl: string
  /** Gives the key when a call must be made, undefined for an endpoint without one; answers in the store need none. */
  readonly apiKey: () => string | undefined
  readonly tokenParameter: 'max_completion_tokens' | 'max_tokens'
  /** From the start of a call to the last byte of its answer */
  readonly timeoutSeconds: number
  readonly answers: AnswerStore
  readonly log: (message: string) => void
  /** How to wait before a call is made again */
  readonly sleep?: ((seconds: number) => Promise<void>) | undefined
}

const mostTries = 5

/**
 * A model behind an OpenAI-compatible endpoint (Chat Completions, not streamed). An answer is stored as it arrives and
 * read from there first, so that nothing is paid twice. The client's own retries are off: it waits half a second when
 * asked for two minutes, and asks again when the quota is spent.
 * @throws IsobenchError `rate-limited`, `credential-missing`, `model-unusable` or `network`; no message holds key or prompt
 */
export function openAiCompatible(options: LanguageModelOptions): LanguageModel {
  const endpoint = `${options.baseUrl.replace(/\/+$/, '')}/chat/completions`
  return {
    async complete(request) {
      const { model, messages, attempt } = request
      const parameters = { ...request.parameters, [options.tokenParameter]: request.maxOutputTokens }
      const body = { ...parameters, model, messages: [...messages] }
      const key = sha256(canonicalJsonLine({ endpoint, attempt, request: body }))
      const call = { requestSha256: sha256(canonicalJsonLine(body)), parameters }
      const stored = await options.answers.read(key)
      if (stored !== undefined) return readCompletion(stored.response, { ...call, requestId: stored.request_id })
      const { response, requestId } = await ask(options, body)
      await options.answers.write(key, {
        schema_version: 1,
        endpoint,
        attempt,
        request: body,
        request_id: requestId,
        response,
      })
      return readCompletion(response, { ...call, requestId })
    },
  }
}

/** Asks until there is a chat completion or a reason to give up. */
async function ask(options: LanguageModelOptions, body: ChatCompletionCreateParamsNonStreaming): Promise<Answered> {
  const host = new URL(options.baseUrl).host
  const key = options.apiKey()
  const client = createClient(options.baseUrl, key, options.timeoutSeconds)
  const prompt = body.messages.map(({ content }) => (typeof content === 'string' ? content : '')).join('\n')
  for (let tries = 1; ; tries++) {
    const { answered, fault } = await exchange(client, body)
    if (answered !== undefined) return answered
    const { retry, waitSeconds, error } = judge(fault, host, safeDetail(fault, key ?? '', prompt), tries)
    if (!retry || tries >= mostTries) throw error
    const seconds = waitSeconds ?? 2 ** (tries - 1) * (0.5 + Math.random() / 2)
    options.log(`${error.message}; asking again in ${Math.ceil(seconds)} s`)
    await (options.sleep ?? sleep)(seconds)
  }
}

interface Answered {
  readonly response: ChatCompletion
  readonly requestId: string | null
}

/** One call: an answer, or why there is none. */
async function exchange(
  client: OpenAI,
  body: ChatCompletionCreateParamsNonStreaming,
): Promise<{ answered: Answered; fault?: undefined } | { answered?: undefined; fault: Fault }> {
  try {
    const { data, request_id: requestId } = await client.chat.completions.create(body).withResponse()
    const envelope = ChatCompletion.safeParse(data)
    if (!envelope.success) return { fault: faultInBody(data) }
    return { answered: { response: envelope.data, requestId: requestId ?? null } }
  } catch (error) {
    const fault = faultOf(error)
    if (fault === undefined) throw error
    return { fault }
  }
}

async function sleep(seconds: number): Promise<void> {
  await setTimeout(seconds * 1000)
}
