import { afterEach, describe, expect, test } from 'vitest'
import { IsobenchError } from '../../../plugins/isobench/src/errors.ts'
import { type ModelRig, canaryKey, canaryPrompt, sampleRequest, startModelRig } from '../../support/model-rig.ts'
import type { Reply } from '../../support/model-server.ts'

let rig: ModelRig

afterEach(async () => {
  await rig.server.close()
})

const apiError = (status: number, error: object, headers: Record<string, string> = {}): Reply => ({
  status,
  headers,
  body: { error },
})

describe('faults that pass', () => {
  test.each([
    ['500', apiError(500, { message: 'boom' })],
    ['529', apiError(529, { message: 'overloaded' })],
    ['408', apiError(408, { message: 'slow' })],
    ['429', apiError(429, { message: 'slow down' })],
    ['a hang-up', { fault: 'hang-up' }],
    ['a cut body', { fault: 'cut-body' }],
    ['a page with status 200', { status: 200, body: '<html>bad gateway</html>' }],
    ['an error object with status 200', { status: 200, body: { error: { code: 502, message: 'upstream' } } }],
  ] as [string, Reply][])('%s is asked again after a growing, jittered wait', async (_name, reply) => {
    rig = await startModelRig([reply, reply, reply, { content: 'at last' }])
    expect((await rig.client().complete(sampleRequest)).text).toBe('at last')
    expect(rig.server.requests).toHaveLength(4)
    expect(rig.waits).toHaveLength(3)
    for (const [index, wait] of rig.waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(2 ** index / 2)
      expect(wait).toBeLessThanOrEqual(2 ** index)
    }
    expect(rig.lines).toHaveLength(3)
  })

  test.each([
    ['in seconds', { 'retry-after': '120' }, 120],
    ['in milliseconds', { 'retry-after-ms': '1500', 'retry-after': '99' }, 1.5],
    ['as a date', { 'retry-after': 'DATE' }, 90],
  ] as [string, Record<string, string>, number][])('retry-after %s is honoured', async (_name, given, expected) => {
    const date = new Date(Date.now() + 90_000).toUTCString()
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value.replace('DATE', date)]),
    )
    rig = await startModelRig([apiError(429, { message: 'slow down' }, headers), { content: 'answer' }])
    await rig.client().complete(sampleRequest)
    expect(rig.waits).toHaveLength(1)
    expect(rig.waits[0]).toBeGreaterThan(expected - 3)
    expect(rig.waits[0]).toBeLessThanOrEqual(expected)
  })

  test('the waits are real when nobody replaces them', async () => {
    const replies = [apiError(503, {}, { 'retry-after-ms': '30' }), { content: 'answer' }]
    rig = await startModelRig(replies, { sleep: undefined })
    expect((await rig.client().complete(sampleRequest)).text).toBe('answer')
  })
})

describe('faults that stay', () => {
  const rows: [string, Reply[], number][] = [
    ['401', [apiError(401, { message: `Incorrect API key provided: ${canaryKey}`, code: 'invalid_api_key' })], 1],
    ['403', [apiError(403, { message: 'no access', code: 'forbidden' })], 1],
    ['404', [apiError(404, { message: 'The model `model-a` does not exist', code: 'model_not_found' })], 1],
    ['400', [apiError(400, { message: "Unsupported parameter: 'max_tokens'", code: 'unsupported_parameter' })], 1],
    [
      '400 with a number as code',
      [apiError(400, { message: 'the request exceeds the context', type: 'exceed_context_size_error', code: 400 })],
      1,
    ],
    ['422 that echoes the prompt', [apiError(422, { message: `bad input: ${canaryPrompt}`, code: 'invalid' })], 1],
    ['429 without quota', [apiError(429, { message: 'no quota', code: 'insufficient_quota' })], 1],
    ['402', [apiError(402, { message: 'no credit' })], 1],
    ['429 with a long wait', [apiError(429, { message: 'slow down' }, { 'retry-after': '3600' })], 1],
    ['429 for ever', [apiError(429, { message: 'slow down' })], 5],
    ['500 for ever', [apiError(500, { message: 'boom' })], 5],
    ['a redirect', [{ status: 307, body: '', headers: { location: 'http://127.0.0.1:9/steal' } }], 1],
    ['a page', [{ status: 200, body: '<html>log in</html>' }], 5],
    ['other JSON', [{ status: 200, body: { status: 'ok' } }], 5],
    ['an error object with status 200', [{ status: 200, body: { error: { message: 'x', code: 'odd' } } }], 5],
    ['an error object that says 401', [{ status: 200, body: { error: { message: 'no', code: 401 } } }], 1],
    ['a cut body', [{ fault: 'cut-body' }], 5],
  ]
  test('each has its error, after a bounded number of calls', async () => {
    const table: string[] = []
    for (const [name, reply, calls] of rows) {
      rig = await startModelRig(reply)
      table.push(`${name}: ${await rig.failure()}`)
      expect([name, rig.server.requests.length]).toEqual([name, calls])
      await rig.server.close()
    }
    expect(table.join('\n\n')).toMatchInlineSnapshot(`
      "401: credential-missing | error: HOST does not accept the key (401): invalid_api_key

      hint: check the variable that \`api_key_variable\` in generation.yaml names

      403: credential-missing | error: HOST does not accept the key (403): no access

      hint: check the variable that \`api_key_variable\` in generation.yaml names

      404: model-unusable | error: HOST has no such model or path (404): The model \`model-a\` does not exist

      hint: check \`model\` and \`base_url\` in generation.yaml

      400: model-unusable | error: HOST does not accept the request (400): Unsupported parameter: 'max_tokens'

      hint: check \`model\`, \`parameters\`, \`model_output_tokens\` and the provider in generation.yaml

      400 with a number as code: model-unusable | error: HOST does not accept the request (400): the request exceeds the context

      hint: check \`model\`, \`parameters\`, \`model_output_tokens\` and the provider in generation.yaml

      422 that echoes the prompt: model-unusable | error: HOST does not accept the request (422): invalid

      hint: check \`model\`, \`parameters\`, \`model_output_tokens\` and the provider in generation.yaml

      429 without quota: rate-limited | error: the quota at HOST is spent: no quota

      hint: add credit, or name another endpoint in generation.yaml

      402: rate-limited | error: the quota at HOST is spent: no credit

      hint: add credit, or name another endpoint in generation.yaml

      429 with a long wait: rate-limited | error: HOST limits the rate and asks to wait: 3600 s

      hint: run it again later; answers that came before are kept

      429 for ever: rate-limited | error: HOST limits the rate (5 tries): slow down

      hint: run it again later; answers that came before are kept

      500 for ever: network | error: HOST fails with 500 (5 tries): boom

      hint: run it again later; answers that came before are kept

      a redirect: model-unusable | error: HOST redirects (307)

      hint: check \`base_url\` in generation.yaml

      a page: model-unusable | error: no chat completion from HOST (5 tries): text that is not JSON

      hint: check \`base_url\` in generation.yaml

      other JSON: model-unusable | error: no chat completion from HOST (5 tries): JSON without \`choices\`

      hint: check \`base_url\` in generation.yaml

      an error object with status 200: network | error: HOST fails with an error (5 tries): x

      hint: run it again later; answers that came before are kept

      an error object that says 401: credential-missing | error: HOST does not accept the key (401): no

      hint: check the variable that \`api_key_variable\` in generation.yaml names

      a cut body: network | error: the answer of HOST breaks off (5 tries)

      hint: run it again later; answers that came before are kept"
    `)
  })

  test.each(['stall', 'stall-in-body'] as const)('a %s ends at the deadline and is not paid again', async (fault) => {
    rig = await startModelRig([{ fault }], { timeoutSeconds: 0.2 })
    expect(await rig.failure()).toBe(
      'network | error: no answer in time from HOST\n\nhint: raise `timeout_seconds` in generation.yaml; the call may have been billed',
    )
    expect(rig.server.requests).toHaveLength(1)
  })

  test('nobody there', async () => {
    rig = await startModelRig([{ content: 'answer' }])
    await rig.server.close()
    expect(await rig.failure()).toMatchInlineSnapshot(`
      "network | error: cannot reach HOST (5 tries): connect ECONNREFUSED HOST

      hint: check \`base_url\` in generation.yaml"
    `)
  })

  test.each(['', `${canaryKey}\n`, `${canaryKey}é`])('a key that no header can carry is not quoted', async (key) => {
    rig = await startModelRig([{ content: 'answer' }], { apiKey: () => key })
    expect(await rig.failure()).toBe(
      'credential-missing | error: the key is empty or holds blanks or odd characters\n\nhint: check the variable that `api_key_variable` in generation.yaml names',
    )
    expect(rig.server.requests).toEqual([])
  })

  test('a missing key is the error of the one who looks for it', async () => {
    const missing = new IsobenchError('credential-missing', 'no key in `X`')
    rig = await startModelRig([{ content: 'answer' }], {
      apiKey: () => {
        throw missing
      },
    })
    await expect(rig.client().complete(sampleRequest)).rejects.toBe(missing)
    expect(rig.server.requests).toEqual([])
  })
})

describe('a request that a filter did not let pass is an answer', () => {
  test.each([
    ['Azure', apiError(400, { code: 'content_filter', message: 'filtered', innererror: { code: 'Policy' } })],
    ['OpenAI', apiError(400, { code: 'invalid_prompt', message: 'flagged' })],
    ['OpenRouter', apiError(403, { code: 403, message: 'flagged', metadata: { reasons: ['violence'] } })],
    [
      'OpenRouter with status 200',
      { status: 200, body: { error: { code: 403, message: 'flagged', metadata: { reasons: ['violence'] } } } },
    ],
  ] as [string, Reply][])('of %s: asked once, kept, and replayed', async (_name, reply) => {
    rig = await startModelRig([reply])
    const completion = await rig.client().complete(sampleRequest)
    expect(completion).toMatchObject({ text: '', finishReason: 'content_filter', usage: { input_tokens: null } })
    expect(await rig.client().complete(sampleRequest)).toEqual(completion)
    expect(rig.server.requests).toHaveLength(1)
  })
})

describe('the deadline of a call', () => {
  test('ends the waits: no try begins after it', async () => {
    rig = await startModelRig([apiError(503, { message: 'busy' }, { 'retry-after': '100' })], { deadlineSeconds: 250 })
    expect(await rig.failure()).toMatchInlineSnapshot(`
      "network | error: HOST fails with 503 (3 tries): busy

      hint: run it again later; answers that came before are kept; \`deadline_seconds\` in generation.yaml says how long to go on"
    `)
    expect(rig.waits).toEqual([100, 100])
    expect(rig.server.requests).toHaveLength(3)
  })

  test('shortens the last try', async () => {
    rig = await startModelRig([{ fault: 'stall' }], { timeoutSeconds: 600, deadlineSeconds: 0.2 })
    expect(await rig.failure()).toContain('no answer in time from HOST')
  })
})

test('an error that stands inside a choice is a fault, and asked again', async () => {
  const broken = { status: 200, body: { choices: [{ finish_reason: 'error', error: { code: 502, message: 'up' } }] } }
  rig = await startModelRig([broken, { content: 'answer' }])
  expect((await rig.client().complete(sampleRequest)).text).toBe('answer')
  expect(rig.server.requests).toHaveLength(2)
})
