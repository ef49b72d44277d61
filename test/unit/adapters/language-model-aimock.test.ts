import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LLMock } from '@copilotkit/aimock'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fileAnswerStore } from '../../../plugins/isobench/src/adapters/answer-store.ts'
import { batchClient } from '../../../plugins/isobench/src/adapters/batch-client.ts'
import { openAiCompatible } from '../../../plugins/isobench/src/adapters/language-model.ts'
import { chatRequest } from '../../../plugins/isobench/src/domain/chat-request.ts'
import { canaryKey, canaryPrompt, rigProvider, sampleRequest } from '../../support/model-rig.ts'

// The same client against a server that others wrote: what our own loopback server gets wrong, it may get right.
let mock: LLMock
let waits: number[]

beforeEach(async () => {
  mock = new LLMock({ port: 0 })
  waits = []
  await mock.start()
})

afterEach(() => mock.stop())

async function complete() {
  const answers = fileAnswerStore(await mkdtemp(join(tmpdir(), 'isobench-answers-')))
  return openAiCompatible({
    provider: rigProvider(`${mock.url}/v1`),
    apiKey: () => canaryKey,
    timeoutSeconds: 20,
    deadlineSeconds: 300,
    answers,
    log: () => undefined,
    sleep: async (seconds) => void waits.push(seconds),
  }).complete(sampleRequest)
}

describe('aimock', () => {
  test('answers', async () => {
    mock.onMessage(canaryPrompt, { content: 'hello' })
    expect(await complete()).toMatchObject({ text: 'hello', finishReason: 'stop', refusal: null })
    expect(mock.getLastRequest()!.body).toMatchObject({ max_completion_tokens: 500, reasoning_effort: 'medium' })
  })

  test('limits the rate, then answers', async () => {
    mock.onMessage(canaryPrompt, { content: 'hello' })
    mock.nextRequestError(429, { message: 'slow', type: 'rate_limit_error' })
    expect((await complete()).text).toBe('hello')
    expect(waits).toEqual([1])
  })

  test.each([
    [401, 'credential-missing', 1],
    [404, 'model-unusable', 1],
    [500, 'network', 5],
    [529, 'network', 5],
  ])('fails with %i', async (status, code, calls) => {
    mock.onMessage(canaryPrompt, { error: { message: 'no', type: 'error' }, status })
    await expect(complete()).rejects.toMatchObject({ code })
    expect(mock.getRequests()).toHaveLength(calls)
  })

  test('gives no text at the limit', async () => {
    mock.onMessage(canaryPrompt, { content: '', finishReason: 'length' })
    expect(await complete()).toMatchObject({ text: '', finishReason: 'length' })
  })

  test.each(['malformedRate', 'disconnectRate', 'dropRate', 'rateLimitRate'])('in chaos: %s', async (rate) => {
    mock.onMessage(canaryPrompt, { content: 'hello' }).setChaos({ [rate]: 1 })
    const code = rate === 'rateLimitRate' ? 'rate-limited' : 'network'
    await expect(complete()).rejects.toMatchObject({ code })
    expect(waits).toHaveLength(4)
  })

  test('takes a batch job', async () => {
    const policy = { baseUrl: `${mock.url}/v1`, key: canaryKey, prompt: '', log: () => undefined }
    const client = batchClient({ ...policy, timeoutSeconds: 20, deadlineSeconds: 60 })
    const { body, key } = chatRequest(rigProvider(`${mock.url}/v1`), sampleRequest)
    const file = await client.upload([{ custom_id: key, body, instance_id: 'a' }])
    const batch = await client.create(file)
    expect(await client.create(file)).toBe(batch)
    let state = await client.state(batch)
    for (let polls = 0; !state.isOver && polls < 10; polls++) state = await client.state(batch)
    expect(state).toMatchObject({ status: 'completed', problems: [] })
    expect(await client.download(state.outputFileId!)).toContain(key)
  })
})
