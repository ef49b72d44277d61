import { setTimeout } from 'node:timers/promises'
import type OpenAI from 'openai'
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions'
import { type Completion, readCompletion } from '../domain/answer.ts'
import { canonicalJsonLine } from '../domain/canonical-json.ts'
import { type ChatRequest, type CompletionRequest, chatRequest } from '../domain/chat-request.ts'
import { sha256 } from '../domain/digest.ts'
import { mostOf } from '../domain/spending.ts'
import { costOf } from '../domain/usage.ts'
import { IsobenchError } from '../errors.ts'
import { ChatCompletion, type FilteredRequest, type StoredAnswer } from '../schema/answer.ts'
import type { Prices, ProviderProfile } from '../schema/provider.ts'
import type { AnswerStore } from './answer-store.ts'
import { type Fault, faultInBody, faultInChoice, faultOf, filteredRequest } from './model-fault.ts'
import { judge, safeDetail } from './model-verdict.ts'
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

const mostTries = 5

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

/** An answer as it is kept, so that asking for it again gives the same. */
export function storedAnswer({ endpoint, attempt, body }: ChatRequest, answered: Answered): StoredAnswer {
  const { requestId, response, batchId } = answered
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

/** What an endpoint answered. */
export interface Answered {
  readonly response: ChatCompletion | FilteredRequest
  readonly requestId: string | null
  readonly batchId?: string
}

/** An endpoint that echoes the key must not bring it into the store. */
export function withoutKey(answered: Answered, key: string | undefined): Answered {
  if (key === undefined) return answered
  return JSON.parse(JSON.stringify(answered).replaceAll(JSON.stringify(key).slice(1, -1), '[key]'))
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

type Failure = { readonly error: IsobenchError; readonly mayBeBilled: boolean }

/** Asks until there is a chat completion or a reason to give up. */
async function ask(
  options: LanguageModelOptions,
  body: ChatCompletionCreateParamsNonStreaming,
  key: string | undefined,
): Promise<Answered | Failure> {
  const host = new URL(options.provider.base_url).host
  const client = createClient(options.provider.base_url, key, options.timeoutSeconds)
  const prompt = body.messages.map(({ content }) => (typeof content === 'string' ? content : '')).join('\n')
  let left = options.deadlineSeconds
  for (let tries = 1; ; tries++) {
    const began = performance.now()
    const { answered, fault } = await exchange(client, body, Math.min(options.timeoutSeconds, left))
    if (answered !== undefined) return answered
    left -= (performance.now() - began) / 1000
    const { retry, waitSeconds, error } = judge(fault, host, safeDetail(fault, key ?? '', prompt), tries)
    const mayBeBilled = fault.kind === 'timeout' || fault.kind === 'cut'
    if (!retry || tries >= mostTries) return { error, mayBeBilled }
    const seconds = waitSeconds ?? 2 ** (tries - 1) * (0.5 + Math.random() / 2)
    if (seconds >= left) return { error: pastDeadline(error), mayBeBilled }
    options.log(`${error.message}; asking again in ${Math.ceil(seconds)} s`)
    await (options.sleep ?? sleep)(seconds)
    left -= seconds
  }
}

function pastDeadline({ code, message, hint, cause }: IsobenchError): IsobenchError {
  const advice = `${hint ?? ''}; \`deadline_seconds\` in generation.yaml says how long to go on`
  return new IsobenchError(code, message, cause === undefined ? { hint: advice } : { hint: advice, cause })
}

/** One try: an answer, or why there is none. */
async function exchange(
  client: OpenAI,
  body: ChatCompletionCreateParamsNonStreaming,
  timeoutSeconds: number,
): Promise<{ answered: Answered; fault?: undefined } | { answered?: undefined; fault: Fault }> {
  try {
    const options = { timeout: Math.ceil(timeoutSeconds * 1000) }
    const { data, request_id: requestId } = await client.chat.completions.create(body, options).withResponse()
    return readBody(data, requestId ?? null)
  } catch (error) {
    const filtered = filteredRequest(error)
    if (filtered !== undefined) return { answered: { response: filtered, requestId: requestIdOf(error) } }
    const fault = faultOf(error)
    if (fault === undefined) throw error
    return { fault }
  }
}

/** A body that came with status 200: a chat completion, a request that was filtered out, or a fault. */
export function readBody(
  body: unknown,
  requestId: string | null,
): { answered: Answered; fault?: undefined } | { answered?: undefined; fault: Fault } {
  const envelope = ChatCompletion.safeParse(body)
  const problem = envelope.success ? envelope.data.choices[0] : body
  const filtered = filteredRequest(problem)
  if (filtered !== undefined) return { answered: { response: filtered, requestId } }
  if (!envelope.success) return { fault: faultInBody(body) }
  const fault = faultInChoice(problem)
  return fault === undefined ? { answered: { response: envelope.data, requestId } } : { fault }
}

function requestIdOf(error: unknown): string | null {
  const id: unknown = typeof error === 'object' && error !== null && 'requestID' in error ? error.requestID : null
  return typeof id === 'string' ? id : null
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

async function sleep(seconds: number): Promise<void> {
  await setTimeout(seconds * 1000)
}
