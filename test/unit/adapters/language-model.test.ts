import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { IsobenchError } from '../../../plugins/isobench/src/errors.ts'
import { type ModelRig, canaryKey, rigProvider, sampleRequest, startModelRig } from '../../support/model-rig.ts'
import type { Reply } from '../../support/model-server.ts'

let rig: ModelRig

afterEach(async () => {
  vi.unstubAllEnvs()
  await rig.server.close()
})

describe('a call', () => {
  test('sends the parameters and nothing from the environment, and reads the whole answer', async () => {
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'x-leak: 1')
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:9/v1')
    vi.stubEnv('OPENAI_ORG_ID', 'org-leak')
    vi.stubEnv('OPENAI_API_KEY', 'sk-wrong')
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9')
    rig = await startModelRig([{ content: 'answer' }])
    expect(await rig.client().complete(sampleRequest)).toEqual({
      text: 'answer',
      refusal: null,
      finishReason: 'stop',
      responseModel: 'model-a-2026',
      serviceTier: null,
      byBatch: false,
      requestId: 'request-1',
      requestSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      parameters: { reasoning_effort: 'medium', max_completion_tokens: 500 },
      usage: { input_tokens: 1000, output_tokens: 300, reasoning_tokens: 200, cached_tokens: 100 },
      reportedCost: null,
    })
    const { headers, body } = rig.server.requests[0]!
    expect(body).toEqual({
      reasoning_effort: 'medium',
      max_completion_tokens: 500,
      model: 'model-a',
      messages: sampleRequest.messages,
    })
    expect(headers.authorization).toBe(`Bearer ${canaryKey}`)
    expect(Object.keys(headers).toSorted()).toMatchInlineSnapshot(`
      [
        "accept",
        "accept-encoding",
        "accept-language",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "sec-fetch-mode",
        "user-agent",
      ]
    `)
  })

  test('spells the output limit as the endpoint wants it, and sends no key where there is none', async () => {
    rig = await startModelRig([{ content: 'answer' }], { apiKey: () => undefined })
    const provider = rigProvider(rig.server.url, { token_parameter: 'max_tokens' })
    await rig.client({ provider }).complete(sampleRequest)
    expect(rig.server.requests[0]!.body).toMatchObject({ max_tokens: 500 })
    expect(rig.server.requests[0]!.body).not.toHaveProperty('max_completion_tokens')
    expect(rig.server.requests[0]!.headers).not.toHaveProperty('authorization')
  })

  test.each([
    ['refusal', { content: null, refusal: 'no' }, { text: '', refusal: 'no', finishReason: 'stop' }],
    ['length', { content: '', finishReason: 'length' }, { text: '', finishReason: 'length' }],
    ['a choice without message', { status: 200, body: { choices: [{}] } }, { text: null }],
    ['no choice', { status: 200, body: { choices: [] } }, { text: null, responseModel: null }],
    ['hidden reasoning in the text', { content: '<think>draft</think>\ncode' }, { text: '\ncode' }],
    [
      'usage that is none',
      { content: 'a', usage: { prompt_tokens: -1, completion_tokens: 'many', cost: 0.25 } },
      {
        usage: { input_tokens: null, output_tokens: null, reasoning_tokens: null, cached_tokens: null },
        reportedCost: 0.25,
      },
    ],
  ] as [string, Reply, object][])('reads %s', async (_name, reply, expected) => {
    rig = await startModelRig([reply])
    expect(await rig.client().complete(sampleRequest)).toMatchObject(expected)
    expect(rig.server.requests).toHaveLength(1)
  })
})

describe('the store', () => {
  test('an answer is paid once, also by a later process without key or server', async () => {
    rig = await startModelRig([{ content: 'first' }, { content: 'second' }])
    const first = await rig.client().complete(sampleRequest)
    await rig.client().complete(sampleRequest)
    expect(rig.server.requests).toHaveLength(1)
    await rig.server.close()
    const later = rig.client({
      apiKey: () => {
        throw new Error('no key')
      },
    })
    expect(await later.complete(sampleRequest)).toEqual(first)
  })

  test('holds request and response in canonical form, and no key', async () => {
    rig = await startModelRig([{ content: 'answer' }])
    await rig.client().complete(sampleRequest)
    const [file] = await readdir(rig.directory)
    const text = await readFile(join(rig.directory, file!), 'utf8')
    expect(text).not.toContain(canaryKey)
    expect(JSON.parse(text)).toMatchObject({
      schema_version: 1,
      endpoint: `${rig.server.url}/chat/completions`,
      attempt: 0,
      request: { model: 'model-a', max_completion_tokens: 500 },
      request_id: 'request-1',
      response: { id: 'chatcmpl-1', choices: [{ message: { content: 'answer' } }] },
    })
  })

  test('another attempt, another parameter, another prompt and another endpoint are other answers', async () => {
    rig = await startModelRig((_request, index) => ({ content: `answer ${index}` }))
    await rig.client().complete(sampleRequest)
    await rig.client().complete({ ...sampleRequest, attempt: 1 })
    await rig.client().complete({ ...sampleRequest, effort: 'low' })
    await rig.client().complete({ ...sampleRequest, messages: [{ role: 'user', content: 'other' }] })
    await rig.client({ provider: rigProvider(`${rig.server.url}/../v1`) }).complete(sampleRequest)
    expect(rig.server.requests).toHaveLength(5)
  })

  test('a damaged answer is neither used nor paid again without a word', async () => {
    rig = await startModelRig([{ content: 'answer' }])
    await rig.client().complete(sampleRequest)
    const [file] = await readdir(rig.directory)
    await writeFile(join(rig.directory, file!), '{"schema_version": 1')
    expect((await rig.failure()).replace(rig.directory, 'STORE').replace(file!, 'KEY.json')).toMatchInlineSnapshot(`
      "corrupt-artifact | error: not a stored answer: STORE/KEY.json

      hint: remove the file to ask the model again"
    `)
    expect(rig.server.requests).toHaveLength(1)
  })

  test.each([
    ['an error', { status: 500, body: { error: { message: 'x' } } }],
    ['a page', { status: 200, body: '<html>' }],
    ['an error object with status 200', { status: 200, body: { error: { code: 502, message: 'upstream' } } }],
  ] as [string, Reply][])('keeps no answer of %s', async (_name, reply) => {
    rig = await startModelRig([reply])
    await rig.failure()
    expect(await readdir(rig.directory)).toEqual([])
  })
})

describe('secrets', () => {
  test('an endpoint that echoes the key does not bring it into the store', async () => {
    rig = await startModelRig([{ content: `you sent ${canaryKey}` }])
    const completion = await rig.client().complete(sampleRequest)
    expect(completion.text).toBe('you sent [key]')
    const [file] = await readdir(rig.directory)
    expect(await readFile(join(rig.directory, file!), 'utf8')).not.toContain(canaryKey)
    expect(await rig.client().complete(sampleRequest)).toEqual(completion)
  })
})

describe('a prompt that the endpoint may have cut', () => {
  const messages = [{ role: 'user' as const, content: 'x'.repeat(40_000) }]

  test.each([
    [4096, ['warning: the endpoint counts 4096 tokens in a prompt of 40000 characters: it may have cut it']],
    [11_000, []],
  ])('%i tokens of 40,000 characters', async (tokens, lines) => {
    rig = await startModelRig([{ content: 'answer', usage: { prompt_tokens: tokens, completion_tokens: 1 } }])
    await rig.client().complete({ ...sampleRequest, messages })
    expect(rig.lines).toEqual(lines)
  })
})

describe('what a run may spend', () => {
  const prices = { input: 2, output: 10 }

  async function spendingOf(reply: Reply, options = {}) {
    const spent: unknown[] = []
    const ledger = {
      reserve: async (most: unknown) => {
        spent.push(most)
        return { settle: async (used: unknown) => void spent.push(used) }
      },
    }
    rig = await startModelRig([reply], { ledger, prices, ...options })
    await rig
      .client()
      .complete(sampleRequest)
      .catch(() => undefined)
    return spent
  }

  const most = { calls: 1, tokens: 527, usd: (27 * 2 + 500 * 10) / 1e6 }

  test('is reserved at its most, then set to what was used; answers in the store cost nothing', async () => {
    expect(await spendingOf({ content: 'answer' })).toEqual([
      most,
      { calls: 1, tokens: 1300, usd: (1000 * 2 + 300 * 10) / 1e6 },
    ])
    await rig.client().complete(sampleRequest)
    expect(rig.server.requests).toHaveLength(1)
  })

  test.each([
    ['a call that was refused', { status: 401, body: {} }, [most, { calls: 1, tokens: 0, usd: 0 }]],
    ['a call that may be billed', { fault: 'stall' }, [most]],
    ['an answer that does not say what it used', { content: 'answer', usage: {} }, [most]],
  ] as [string, Reply, unknown[]][])('%s', async (_name, reply, expected) => {
    expect(await spendingOf(reply, { timeoutSeconds: 1 })).toEqual(expected)
  })

  test('ends the run before a call is made', async () => {
    const ledger = { reserve: () => Promise.reject(new IsobenchError('run-limit-reached', 'no further call')) }
    rig = await startModelRig([{ content: 'answer' }], { ledger })
    expect(await rig.failure()).toBe('run-limit-reached | error: no further call')
    expect(rig.server.requests).toEqual([])
  })
})
