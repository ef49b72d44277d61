import type { AnswerStore } from '../adapters/answer-store.ts'
import type { BatchClient, BatchState } from '../adapters/batch-client.ts'
import type { BatchStore, StoredJob } from '../adapters/batch-store.ts'
import {
  type Answered,
  filteredRequest,
  readBody,
  reportedError,
  storedAnswer,
  withoutKey,
} from '../domain/answered.ts'
import type { ChatRequest } from '../domain/chat-request.ts'
import { IsobenchError } from '../errors.ts'
import { type BatchRequest, BatchRow } from '../schema/batch-job.ts'

/** The first request of one commit, for which there is no answer. */
export interface MissingAnswer {
  readonly instanceId: string
  readonly chat: ChatRequest
}

export interface BatchAnswersEffects {
  /** Called only when something must be asked, so that no key is needed otherwise */
  readonly client: () => BatchClient
  readonly jobs: BatchStore
  /** Where the answer of a commit is kept */
  readonly answers: (instanceId: string) => AnswerStore
  /** Called before anything is submitted: throws when the run may not spend so much */
  readonly reserve: (requests: readonly MissingAnswer[]) => Promise<void>
  /** The key, which no answer may bring into the store */
  readonly key: () => string | undefined
  readonly sleep: (seconds: number) => Promise<void>
  readonly log: (message: string) => void
}

/** What became of the requests. */
export interface BatchResult {
  readonly answered: number
  /** Requests without an answer, one line each */
  readonly problems: readonly string[]
}

const firstPollSeconds = 5
const longestPollSeconds = 60
const mostRequests = 50_000
const mostBytes = 100_000_000

/**
 * Has all missing answers of one endpoint and model written as one batch job, and waits for it. A job that an earlier
 * process left is finished first; what it answered is not asked for again. Jobs that expire give what they have.
 * @throws IsobenchError `model-unusable` for a job that the endpoint does not take, and what client and `reserve` throw
 */
export async function batchAnswers(
  input: { readonly endpoint: string; readonly model: string; readonly missing: readonly MissingAnswer[] },
  effects: BatchAnswersEffects,
): Promise<BatchResult> {
  const { endpoint, model } = input
  const results: BatchResult[] = []
  for (const stored of await effects.jobs.unfinished()) {
    if (stored.job.endpoint !== endpoint || stored.job.model !== model) continue
    effects.log(`going on with ${stored.job.batch_id ?? 'a job that was not made yet'}`)
    results.push(await finish(stored, effects))
  }
  for (const part of parts(await stillMissing(input.missing, effects))) {
    await effects.reserve(part)
    const job = { schema_version: 1, endpoint, model, input_file_id: null, batch_id: null } as const
    results.push(await finish(await effects.jobs.begin(job, part.map(requestOf)), effects))
  }
  return {
    answered: results.reduce((total, { answered }) => total + answered, 0),
    problems: results.flatMap(({ problems }) => problems),
  }
}

/** Requests in the order given, as many a job as an endpoint takes: 50,000, or 200 MB of which half is used. */
function parts(missing: readonly MissingAnswer[]): MissingAnswer[][] {
  const made: MissingAnswer[][] = []
  let bytes = 0
  for (const one of missing) {
    const size = Buffer.byteLength(JSON.stringify(one.chat.body))
    const last = made.at(-1)
    if (last === undefined || last.length >= mostRequests || bytes + size > mostBytes) {
      made.push([one])
      bytes = size
    } else {
      last.push(one)
      bytes += size
    }
  }
  return made
}

function requestOf({ instanceId, chat }: MissingAnswer): BatchRequest {
  return { custom_id: chat.key, body: chat.body, instance_id: instanceId }
}

async function stillMissing(missing: readonly MissingAnswer[], { answers }: BatchAnswersEffects) {
  const found = await Promise.all(missing.map(({ instanceId, chat }) => answers(instanceId).read(chat.key)))
  const left = missing.filter((_, index) => found[index] === undefined)
  return [...new Map(left.map((one) => [one.chat.key, one])).values()]
}

/** Takes a job from wherever it stands to its end, and its answers into the store. */
async function finish(begun: StoredJob, effects: BatchAnswersEffects): Promise<BatchResult> {
  const { jobs, log } = effects
  const client = effects.client()
  let stored = begun
  const step = async (change: Partial<StoredJob['job']>): Promise<void> => {
    stored = { ...stored, job: { ...stored.job, ...change } }
    await jobs.save(stored)
  }
  if (stored.job.input_file_id === null) await step({ input_file_id: await client.upload(stored.requests) })
  if (stored.job.batch_id === null) {
    await step({ batch_id: await client.create(stored.job.input_file_id!) })
    log(`${stored.requests.length} requests submitted as ${stored.job.batch_id}`)
  }
  const state = await waitFor(client, stored.job.batch_id!, effects)
  const files = [state.outputFileId, state.errorFileId].filter((id) => id !== null)
  const texts = await Promise.all(files.map((id) => client.download(id)))
  const result = await takeAnswers(stored, texts.flatMap(rowsOf), effects)
  await jobs.remove(stored)
  if (state.status === 'failed' && result.answered === 0) {
    throw new IsobenchError(
      'model-unusable',
      `the endpoint does not take the batch: ${state.problems[0] ?? 'failed'}`,
      {
        hint: 'check model and provider in generation.yaml, or let `generate-test` ask for each answer by itself',
      },
    )
  }
  log(`${state.status}: ${result.answered} of ${stored.requests.length} answers`)
  return result
}

async function waitFor(client: BatchClient, batchId: string, { sleep, log }: BatchAnswersEffects): Promise<BatchState> {
  let last = ''
  for (let seconds = firstPollSeconds; ; seconds = Math.min(seconds * 2, longestPollSeconds)) {
    const state = await client.state(batchId)
    if (state.isOver) return state
    const line = `${state.status} ${state.progress}`.trim()
    if (line !== last) log(`${batchId}: ${line}; a process that ends here is followed by the next one`)
    last = line
    await sleep(seconds)
  }
}

function rowsOf(text: string): BatchRow[] {
  return text.split('\n').flatMap((line) => {
    const row = BatchRow.safeParse(parseJson(line)).data
    return row === undefined ? [] : [row]
  })
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Keeps every answer under its request, in whatever order the rows come, and says what is left without one. */
async function takeAnswers(
  { job, requests }: StoredJob,
  rows: readonly BatchRow[],
  { answers, key }: BatchAnswersEffects,
): Promise<BatchResult> {
  const byId = new Map(rows.map((row) => [row.custom_id, row]))
  const problems: string[] = []
  for (const { custom_id: id, instance_id: instanceId, body } of requests) {
    const answered = answerIn(byId.get(id), job.batch_id!)
    if (typeof answered === 'string') {
      problems.push(`${instanceId}: ${answered}`)
    } else {
      const asked = { endpoint: job.endpoint, attempt: 0, body }
      await answers(instanceId).write(id, storedAnswer(asked, withoutKey(answered, key())))
    }
  }
  return { answered: requests.length - problems.length, problems }
}

/** The answer in a row, or why it holds none. What the endpoint says may quote the prompt, so only codes are told. */
function answerIn(row: BatchRow | undefined, batchId: string): Answered | string {
  if (row === undefined) return 'no row in the files of the job'
  const { response, error: failure } = row
  if (response == null) return failure?.code ?? 'an error without a code'
  const requestId = response.request_id ?? null
  const filtered = filteredRequest(reportedError(response.body), response.status_code)
  if (filtered !== undefined) return { response: filtered, requestId, batchId }
  const { answer, error } = readBody(response.body)
  if (response.status_code === 200 && answer !== undefined) return { response: answer, requestId, batchId }
  return `status ${response.status_code}${error?.code == null ? '' : `: ${error.code}`}`
}
