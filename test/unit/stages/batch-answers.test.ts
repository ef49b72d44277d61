import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AnswerStore, fileAnswerStore } from '../../../plugins/isobench/src/adapters/answer-store.ts'
import { batchClient } from '../../../plugins/isobench/src/adapters/batch-client.ts'
import { fileBatchStore } from '../../../plugins/isobench/src/adapters/batch-store.ts'
import { openAiCompatible } from '../../../plugins/isobench/src/adapters/language-model.ts'
import { chatRequest } from '../../../plugins/isobench/src/domain/chat-request.ts'
import { IsobenchError } from '../../../plugins/isobench/src/errors.ts'
import { type BatchAnswersEffects, batchAnswers } from '../../../plugins/isobench/src/stages/batch-answers.ts'
import { type BatchServer, type BatchServerOptions, startBatchServer } from '../../support/batch-server.ts'
import { canaryKey, rigProvider, sampleRequest } from '../../support/model-rig.ts'

let directory: string
let answers: AnswerStore
let server: BatchServer
let lines: string[]
let waits: number[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'isobench-batch-'))
  answers = fileAnswerStore(join(directory, 'answers'))
  lines = []
  waits = []
})

afterEach(() => server.close())

const requestOf = (name: string) => ({ ...sampleRequest, messages: [{ role: 'user' as const, content: name }] })

const log = (line: string) => void lines.push(line)
const sleep = async (seconds: number) => void waits.push(seconds)
const noKey = () => {
  throw new Error('no key')
}

/** Asks for the first answers of these commits. */
async function ask(names: readonly string[], overrides: Partial<BatchAnswersEffects> = {}) {
  const provider = rigProvider(server.url, { batch: { price_factor: 0.5 } })
  const missing = names.map((name) => ({ instanceId: name, chat: chatRequest(provider, requestOf(name)) }))
  const policy = {
    baseUrl: server.url,
    key: canaryKey,
    prompt: '',
    timeoutSeconds: 20,
    deadlineSeconds: 60,
    log,
    sleep,
  }
  return batchAnswers(
    { endpoint: `${server.url}/chat/completions`, model: 'model-a', missing },
    {
      client: () => batchClient(policy),
      jobs: fileBatchStore(join(directory, 'batches')),
      answers: () => answers,
      reserve: async () => undefined,
      key: () => canaryKey,
      sleep,
      log,
      ...overrides,
    },
  )
}

/** What a model call gives afterwards, without a server. */
async function replay(name: string) {
  const provider = rigProvider(server.url)
  const options = { provider, apiKey: noKey, timeoutSeconds: 1, deadlineSeconds: 1, answers, log: () => undefined }
  return openAiCompatible(options).complete(requestOf(name))
}

async function start(options: BatchServerOptions = {}): Promise<void> {
  server = await startBatchServer({ row: ({ messages }) => ({ content: `for ${messages[0]!.content}` }), ...options })
}

const leftJobs = async (): Promise<string[]> => readdir(join(directory, 'batches')).catch(() => [])

describe('one job for all missing answers', () => {
  test('fills the store under the requests that model calls make, whatever the order of the rows', async () => {
    await start({ polls: 2 })
    expect(await ask(['a', 'b', 'c'])).toEqual({ answered: 3, problems: [] })
    expect(server.jobs.map((job) => job.length)).toEqual([3])
    expect(server.jobs[0]![0]).toEqual({
      model: 'model-a',
      messages: [{ role: 'user', content: 'a' }],
      max_completion_tokens: 500,
      reasoning_effort: 'medium',
    })
    expect(waits).toEqual([5, 10])
    for (const name of ['a', 'b', 'c']) {
      expect(await replay(name)).toMatchObject({ text: `for ${name}`, byBatch: true })
    }
    expect(await leftJobs()).toEqual([])
  })

  test('asks only for what is missing, and nothing when nothing is', async () => {
    await start()
    await ask(['a'])
    expect(await ask(['a', 'b'])).toEqual({ answered: 1, problems: [] })
    const calls = server.calls.length
    expect(await ask(['a', 'b'], { client: noKey, key: noKey })).toEqual({ answered: 0, problems: [] })
    expect(server.jobs.map((job) => job.length)).toEqual([1, 1])
    expect(server.calls).toHaveLength(calls)
  })

  test('a run that may not spend so much submits nothing', async () => {
    await start()
    const limit = new IsobenchError('run-limit-reached', 'no further call')
    await expect(ask(['a'], { reserve: () => Promise.reject(limit) })).rejects.toBe(limit)
    expect(server.calls).toEqual([])
    expect(await leftJobs()).toEqual([])
  })
})

describe('a process that was killed', () => {
  test('while it waited: the next one waits for the same job', async () => {
    await start({ polls: 1 })
    const killed = new Error('killed')
    await expect(ask(['a', 'b'], { sleep: () => Promise.reject(killed) })).rejects.toBe(killed)
    expect(await leftJobs()).toHaveLength(1)
    expect(await ask(['a', 'b', 'c'])).toEqual({ answered: 3, problems: [] })
    expect(server.jobs.map((job) => job.length)).toEqual([2, 1])
  })

  test('after the job was made and before its id came back: the job is found and not made again', async () => {
    let made = 0
    await start({ onCreate: () => ++made > 1 })
    const policy = { baseUrl: server.url, key: canaryKey, prompt: '', log: () => undefined, timeoutSeconds: 3 }
    const impatient = () => batchClient({ ...policy, deadlineSeconds: 60, sleep: async () => undefined })
    await expect(ask(['a'], { client: impatient })).rejects.toMatchObject({ code: 'network' })
    expect(await ask(['a'])).toEqual({ answered: 1, problems: [] })
    expect(server.jobs).toHaveLength(1)
  })

  test('after the upload: the file is used', async () => {
    await start()
    const broken = () => {
      const policy = { baseUrl: server.url, key: canaryKey, prompt: '', log, sleep }
      const client = batchClient({ ...policy, timeoutSeconds: 20, deadlineSeconds: 60 })
      return { ...client, create: () => Promise.reject(new Error('killed')) }
    }
    await expect(ask(['a'], { client: broken })).rejects.toThrow('killed')
    await ask(['a'])
    expect(server.calls.filter((call) => call === 'POST /v1/files')).toHaveLength(1)
  })
})

describe('a job that does not answer everything', () => {
  test('an expired one gives what it has; the rest is asked for again', async () => {
    let isLate = true
    await start({ row: (_body, index) => (isLate && index === 1 ? 'expired' : { content: 'answer' }) })
    expect(await ask(['a', 'b'])).toEqual({ answered: 1, problems: ['b: batch_expired'] })
    expect((await replay('a')).text).toBe('answer')
    isLate = false
    expect(await ask(['a', 'b'])).toEqual({ answered: 1, problems: [] })
  })

  test('rows with an error are told by their code, filtered requests are answers', async () => {
    const codes = ['rate_limit_exceeded', 'content_filter', 'invalid_request']
    const status = [429, 400, 400]
    await start({ row: (_body, index) => ({ status: status[index]!, code: codes[index]! }) })
    expect(await ask(['a', 'b', 'c'])).toEqual({
      answered: 1,
      problems: ['a: status 429: rate_limit_exceeded', 'c: status 400: invalid_request'],
    })
    expect(await replay('b')).toMatchObject({ finishReason: 'content_filter' })
  })

  test('a job that is refused as a whole says why, and is not waited for again', async () => {
    await start({ refusal: 'token_limit_exceeded' })
    await expect(ask(['a'])).rejects.toMatchObject({
      code: 'model-unusable',
      message: 'the endpoint does not take the batch: token_limit_exceeded: no',
    })
    expect(await leftJobs()).toEqual([])
  })

  test('the key does not get into the store by an echo', async () => {
    await start({ row: () => ({ content: `you sent ${canaryKey}` }) })
    await ask(['a'])
    expect((await replay('a')).text).toBe('you sent [key]')
  })
})
