import { APIError, type default as OpenAI } from 'openai'
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions'
import { type Completion, readCompletion } from '../domain/answer.ts'
import {
  type Answered,
  filteredRequest,
  readBody,
  reportedError,
  storedAnswer,
  withoutKey,
} from '../domain/answered.ts'
import { canonicalJsonLine } from '../domain/canonical-json.ts'
import { type ChatRequest, type CompletionRequest, chatRequest } from '../domain/chat-request.ts'
import { sha256 } from '../domain/digest.ts'
import { mostOf } from '../domain/spending.ts'
import { costOf } from '../domain/usage.ts'
import type { Prices, ProviderProfile } from '../schema/provider.ts'
import type { AnswerStore } from './answer-store.ts'
import { faultInBody, faultOf } from './model-fault.ts'
import { type GivenUp, type Tried, untilAnswered } from './model-retries.ts'
import { createClient } from './openai-client.ts'
import type { RunLedger } from './run-ledger.ts'

/** Somebody who answers. */
export interface LanguageModel {
  complete(request: CompletionRequest): Promise<Completion>
}

/** An endpoint and how to use it. Nothing is read from the environment. */
export interface LanguageModelOptions {
  readonly provider: ProviderProfile
  /** Gives the key when a call must be made, undefined for an endpoint without one; answers in the store need none. */
  readonly apiKey: () => string | undefined
  /** From the start of one try to the last byte of its answer */
  readonly timeoutSeconds: number
  /** From the start of the first try to the end of the last, waits included */
  readonly deadlineSeconds: number
  readonly answers: AnswerStore
  /** What this run may spend; undefined sets no limit */
  readonly ledger?: RunLedger | undefined
  readonly prices?: Prices | undefined
  readonly log: (message: string) => void
  /** How to wait before a call is made again */
  readonly sleep?: ((seconds: number) => Promise<void>) | undefined
}

/**
 * A model behind an OpenAI-compatible endpoint (Chat Completions, not streamed). An answer is stored as it arrives and
 * read from there first, so that nothing is paid twice. The client's own retries are off: it waits half a second when
 * asked for two minutes, and asks again when the quota is spent.
 * @throws IsobenchError `rate-limited`, `credential-missing`, `model-unusable`, `network`, `answer-missing` or
 *   `run-limit-reached`; no message holds key or prompt
 */
export function openAiCompatible(options: LanguageModelOptions): LanguageModel {
  return {
    async complete(request) {
      const chat = chatRequest(options.provider, request)
      const call = { requestSha256: sha256(canonicalJsonLine(chat.body)), parameters: chat.parameters }
      const stored = await options.answers.read(chat.key)
      if (stored !== undefined) return readCompletion(stored, call)
      const key = options.apiKey()
      const answer = storedAnswer(chat, withoutKey(await paid(options, request, chat, key), key))
      await options.answers.write(chat.key, answer)
      const completion = readCompletion(answer, call)
      warnOfCut(request, completion, options.log)
      return completion
    },
  }
}

/** Asks within what the run may spend. A call that failed for sure costs nothing; one that got no answer may be billed. */
async function paid(
  options: LanguageModelOptions,
  request: CompletionRequest,
  chat: ChatRequest,
  key: string | undefined,
): Promise<Answered> {
  const entry = await options.ledger?.reserve(mostOf(request, options.prices))
  const result = await ask(options, chat.body as unknown as ChatCompletionCreateParamsNonStreaming, key)
  if ('error' in result) {
    if (!result.mayBeBilled) await entry?.settle({ calls: 1, tokens: 0, usd: 0 })
    throw result.error
  }
  const { usage, reportedCost } = readCompletion(
    { response: result.response, request_id: null },
    { requestSha256: '', parameters: {} },
  )
  const tokens = usage.input_tokens === null || usage.output_tokens === null ? null : usage
  // Where the endpoint does not say what it used, the estimate stands.
  if (tokens !== null) {
    const usd = costOf(usage, reportedCost, options.prices)
    await entry?.settle({ calls: 1, tokens: tokens.input_tokens! + tokens.output_tokens!, usd })
  }
  return result
}

/** Asks until there is a chat completion or a reason to give up. */
async function ask(
  options: LanguageModelOptions,
  body: ChatCompletionCreateParamsNonStreaming,
  key: string | undefined,
): Promise<Answered | GivenUp> {
  const baseUrl = options.provider.base_url
  const client = createClient(baseUrl, key, options.timeoutSeconds)
  const prompt = body.messages.map(({ content }) => (typeof content === 'string' ? content : '')).join('\n')
  return untilAnswered({ ...options, baseUrl, key, prompt }, (seconds) => exchange(client, body, seconds))
}

/** One try: an answer, or why there is none. */
async function exchange(
  client: OpenAI,
  body: ChatCompletionCreateParamsNonStreaming,
  timeoutSeconds: number,
): Promise<Tried<Answered>> {
  try {
    const options = { timeout: Math.ceil(timeoutSeconds * 1000) }
    const { data, request_id: requestId } = await client.chat.completions.create(body, options).withResponse()
    const { answer, error } = readBody(data)
    if (answer === undefined) return { fault: faultInBody(data, error) }
    return { answered: { response: answer, requestId: requestId ?? null } }
  } catch (error) {
    if (error instanceof APIError) {
      const filtered = filteredRequest(reportedError({ error: error.error }), error.status)
      if (filtered !== undefined) return { answered: { response: filtered, requestId: error.requestID ?? null } }
    }
    const fault = faultOf(error)
    if (fault === undefined) throw error
    return { fault }
  }
}

const mostCharactersPerToken = 8
const longPromptCharacters = 8000

/** Some local servers cut a prompt that is longer than their context, and say nothing but the tokens that were left. */
function warnOfCut({ messages }: CompletionRequest, { usage }: Completion, log: (message: string) => void): void {
  const characters = messages.reduce((total, { content }) => total + content.length, 0)
  const tokens = usage.input_tokens
  if (tokens === null || characters < longPromptCharacters || characters / tokens <= mostCharactersPerToken) return
  log(`warning: the endpoint counts ${tokens} tokens in a prompt of ${characters} characters: it may have cut it`)
}
