import { z } from 'zod'
import type { Attempt, Usage } from '../schema/generation.ts'
import { readUsage } from './usage.ts'
import type { ChatCompletion, StoredAnswer } from '../schema/answer.ts'

const maximumCodeCharacters = 60_000

/** What a model answered, read from a chat completion that the adapter has checked. */
export interface Completion {
  /** Without hidden reasoning; null where the choice has no message that could be read */
  readonly text: string | null
  readonly refusal: string | null
  readonly finishReason: string | null
  readonly responseModel: string | null
  readonly requestId: string | null
  readonly requestSha256: string
  /** The request less model and messages. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Which tier served it, as the endpoint says */
  readonly serviceTier: string | null
  /** Whether it came by a batch job */
  readonly byBatch: boolean
  readonly usage: Usage
  /** US dollars, where the endpoint reports them */
  readonly reportedCost: number | null
}

/** What an answer is worth: the code of the test, or why there is none. */
export interface Answer {
  readonly result: Attempt['result']
  readonly code: string | null
  /** One line, for the model and for people; null when there is code. */
  readonly problem: string | null
}

const Choice = z.looseObject({
  finish_reason: z.string().nullish(),
  message: z.looseObject({ content: z.string().nullish(), refusal: z.string().nullish() }),
})

/** The finish reason of a request that the endpoint's filter did not let pass. */
const filtered = 'content_filter'

/** Reads the first choice. What does not look like one becomes a completion without text. */
export function readCompletion(
  { response, request_id: requestId, batch_id: batchId }: Pick<StoredAnswer, 'response' | 'request_id' | 'batch_id'>,
  call: Pick<Completion, 'requestSha256' | 'parameters'>,
): Completion {
  const served = { ...call, requestId, byBatch: batchId !== undefined }
  if (!('choices' in response)) {
    const nothing = { refusal: null, responseModel: null, serviceTier: null, ...readUsage(undefined) }
    return { ...served, ...nothing, text: '', finishReason: filtered }
  }
  const body = response as ChatCompletion
  const choice = Choice.safeParse(body.choices[0]).data
  return {
    ...served,
    ...readUsage(body.usage),
    text: choice === undefined ? null : withoutReasoning(choice.message.content ?? ''),
    refusal: choice?.message.refusal ?? null,
    finishReason: choice?.finish_reason ?? null,
    responseModel: body.model ?? null,
    serviceTier: body.service_tier ?? null,
  }
}

/**
 * Sorts an answer into the outcomes that are treated differently. An empty text with finish reason `length` is the
 * usual fate of a reasoning model whose output limit was spent on hidden reasoning; a shorter prompt does not help.
 */
export function readAnswer(completion: Completion): Answer {
  const { finishReason } = completion
  if (completion.text === null) return without('invalid-envelope', 'the answer holds no message')
  const refused = (completion.refusal !== null && completion.refusal !== '') || finishReason === 'refusal'
  if (refused) return without('refusal', 'the model refused')
  if (finishReason === filtered) return without('content-filter', 'the content filter stopped the answer')
  if (completion.text.trim() === '') {
    return finishReason === 'length'
      ? without('empty-length', 'no text: the output limit was spent on hidden reasoning')
      : without('empty-stop', `no text, although the model stopped by itself: ${finishReason ?? 'no finish reason'}`)
  }
  if (finishReason === 'length') return without('truncated', 'the answer was cut off at the output limit')
  return completion.parameters['response_format'] === undefined
    ? readCode(completion.text)
    : readStructured(completion.text)
}

const Structured = z.looseObject({ python: z.string() })

/** The code in an answer by schema. Some models put a fence around it all the same. */
function readStructured(text: string): Answer {
  const answer = Structured.safeParse(parseJson(text)).data
  if (answer === undefined) return without('invalid-json', 'the answer is not the JSON that was asked for')
  return /^\s*(?:```|~~~)/.test(answer.python) ? readCode(answer.python) : sized(answer.python)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Local servers leave the reasoning of some models in the text; drafts of code in it are not the answer. */
function withoutReasoning(text: string): string {
  return text.replace(/^\s*<think>[\s\S]*?(<\/think>|$)/, '')
}

function readCode(text: string): Answer {
  const blocks = fencedBlocks(text.replace(/\r\n?/g, '\n'))
  const block = blocks[0]
  if (block === undefined) return without('invalid-code', 'no code block; wanted exactly one ```python block')
  if (blocks.length > 1) return without('invalid-code', `${blocks.length} code blocks; wanted exactly one`)
  if (!block.closed) return without('invalid-code', 'the code block is not closed')
  return sized(block.code)
}

function sized(code: string): Answer {
  if (code.length > maximumCodeCharacters) {
    const size = code.length
    return without('invalid-code', `the code has ${size} characters; at most ${maximumCodeCharacters} are allowed`)
  }
  return { result: 'ok', code: normalizeCode(code), problem: null }
}

/** One spelling for equal code: newlines as LF, no byte order mark, one newline at the end. */
export function normalizeCode(code: string): string {
  return `${code
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .toWellFormed()
    .trimEnd()}\n`
}

/** Fenced blocks by the rules of CommonMark: a fence is closed by one of its kind that is at least as long. */
function fencedBlocks(text: string): { code: string; closed: boolean }[] {
  const blocks: { code: string; closed: boolean }[] = []
  let open: { fence: string; lines: string[] } | null = null
  for (const line of text.split('\n')) {
    const [, fence = '', info = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    if (open === null) {
      if (fence !== '' && !(fence.startsWith('`') && info.includes('`'))) open = { fence, lines: [] }
    } else if (fence.startsWith(open.fence) && info.trim() === '') {
      blocks.push({ code: open.lines.join('\n'), closed: true })
      open = null
    } else {
      open.lines.push(line)
    }
  }
  return open === null ? blocks : [...blocks, { code: open.lines.join('\n'), closed: false }]
}

function without(result: Exclude<Attempt['result'], 'ok'>, problem: string): Answer {
  return { result, code: null, problem }
}
