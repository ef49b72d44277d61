import { describe, expect, test } from 'vitest'
import { promptSha256 } from '../../../plugins/isobench/src/domain/prompt.ts'
import { IsobenchError } from '../../../plugins/isobench/src/errors.ts'
import type { Run } from '../../../plugins/isobench/src/schema/run-bundle.ts'
import { digestOf } from '../../support/artifacts.ts'
import { fenced, generate, good, goodTest, modelOf, prompt, trials } from '../../support/generation-rig.ts'
import type { ModelRig } from '../../support/model-rig.ts'
import type { Reply } from '../../support/model-server.ts'
import { trialRun } from '../../support/trial-run.ts'

function limits(rig: ModelRig) {
  return rig.server.requests.map(({ body }) => [body['max_completion_tokens'], body['reasoning_effort']])
}

describe('a model writes', () => {
  test('a good test at the first call', async () => {
    const prices = { usd_per_million_tokens: { input: 2, cached_input: 1, output: 10 } }
    const rig = await modelOf(fenced(good))
    const { generation, text } = await generate(rig, { effort: 'low', max_output_tokens: 24_000, ...prices })
    expect(text).toBe(goodTest)
    expect(trials).toEqual([goodTest])
    const usage = { input_tokens: 1000, output_tokens: 300, reasoning_tokens: 200, cached_tokens: 100 }
    expect(generation).toEqual({
      schema_version: 1,
      outcome: { status: 'ok', reason: null, side: null, message: null },
      origin: 'model',
      test_sha256: digestOf(goodTest),
      provider: new URL(rig.server.url).host,
      model: 'model-a',
      parameters: { effort: 'low', max_completion_tokens: 24_000 },
      prompt_sha256: promptSha256(prompt),
      attempts: [
        {
          kind: 'first',
          result: 'ok',
          finish_reason: 'stop',
          request_id: 'request-1',
          response_model: 'model-a-2026',
          service_tier: null,
          request_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          parameters_json: '{"max_completion_tokens":24000,"reasoning_effort":"low"}',
          usage,
          cost_usd: (900 * 2 + 100 * 1 + 300 * 10) / 1e6,
          diagnostics: [],
        },
      ],
      usage,
      cost_usd: (900 * 2 + 100 * 1 + 300 * 10) / 1e6,
    })
  })

  test('`verify: static` runs nothing', async () => {
    const rig = await modelOf(fenced(good))
    const { text } = await generate(rig, { verify: 'static' })
    expect(text).toBe(goodTest)
    expect(trials).toEqual([])
  })

  test('a bad version goes back with its diagnostics and is replaced', async () => {
    const rig = await modelOf(fenced('import demo\nx = = (\n'), { content: 'Sorry.' }, fenced(good))
    const { results, text, generation } = await generate(rig)
    expect(results).toEqual(['first invalid-code', 'repair invalid-code', 'repair ok'])
    expect(text).toBe(goodTest)
    expect(generation.attempts[0]!.diagnostics).toEqual(['2:5 syntax: invalid syntax'])
    expect(generation.usage.input_tokens).toBe(3000)
    const [first, second, third] = rig.server.requests.map(({ body }) => body.messages)
    expect(second!.slice(0, 2)).toEqual(first)
    expect(second![2]!.content).toContain('x = = (')
    expect(second![3]!.content).toContain('{"line":2,"column":5,"rule":"syntax","message":"invalid syntax"')
    expect(third!.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user'])
    expect(third![2]!.content).toBe('Sorry.')
  })

  test('a failed trial goes back with the traceback', async () => {
    const stderr_tail = 'Traceback:\n  File "/tmp/x/efficiency_test.py", line 5\nAttributeError: no attribute `parse`\n'
    const outcomes: Run[][] = [
      [trialRun('base', { result: 'test-crashed', message: 'exit code 1', stderr_tail }), trialRun('head')],
      [trialRun('base', { reached: [] }), trialRun('head')],
      [trialRun('base'), trialRun('head')],
    ]
    const versions = [fenced(good), fenced(`${good}# 2\n`), fenced(`${good}# 3\n`)]
    const rig = await modelOf(...versions)
    const { results, text, generation } = await generate(rig, {}, { trial: async () => outcomes.shift()! })
    expect(results).toEqual(['first trial-failed', 'repair trial-failed', 'repair ok'])
    expect(text).toBe(goodTest.replace(good, `${good}# 3\n`))
    expect(generation.attempts.flatMap(({ diagnostics }) => diagnostics)).toEqual([
      'test-crashed: on base: exit code 1: AttributeError: no attribute `parse`',
      'change-not-exercised: on base the test never reaches a changed function',
    ])
    const repair = rig.server.requests[1]!.body.messages.at(-1)!.content
    expect(repair).toContain('File "efficiency_test.py", line 5')
    expect(repair).not.toContain('/tmp')
  })

  test('what the trial throws is thrown, and the answer is not paid again', async () => {
    const trouble = new IsobenchError('device-busy', 'the device is busy')
    const rig = await modelOf(fenced(good))
    await expect(generate(rig, {}, { trial: () => Promise.reject(trouble) })).rejects.toBe(trouble)
    expect((await generate(rig)).text).toBe(goodTest)
    expect(rig.server.requests).toHaveLength(1)
  })

  test('the same again from the store: equal bytes, no call', async () => {
    const rig = await modelOf({ content: '', finishReason: 'length' }, fenced('x = 1\n'), fenced(good))
    const { generation } = await generate(rig)
    expect((await generate(rig)).generation).toEqual(generation)
    expect(rig.server.requests).toHaveLength(3)
  })
})

describe('each kind of failure has its answer', () => {
  const effort = { effort: 'high' }

  test('no room for text: twice the room, one step less effort', async () => {
    const rig = await modelOf({ content: '', finishReason: 'length' }, fenced(good))
    const { results } = await generate(rig, effort)
    expect(results).toEqual(['first empty-length', 'first ok'])
    expect(limits(rig)).toEqual([
      [40_000, 'high'],
      [80_000, 'medium'],
    ])
  })

  test('a cut answer: twice the room', async () => {
    const rig = await modelOf({ content: '```python\nx', finishReason: 'length' }, fenced(good))
    const { results } = await generate(rig, effort)
    expect(results).toEqual(['first truncated', 'first ok'])
    expect(limits(rig)).toEqual([
      [40_000, 'high'],
      [80_000, 'high'],
    ])
  })

  test.each([
    ['empty-stop', { content: '' }],
    ['invalid-envelope', { status: 200, body: { choices: [] } }],
  ] as [string, Reply][])('%s: the same request once more', async (result, reply) => {
    const rig = await modelOf(reply, fenced(good))
    const { results, generation } = await generate(rig)
    expect(results).toEqual([`first ${result}`, 'first ok'])
    expect(generation.attempts[0]!.request_sha256).toBe(generation.attempts[1]!.request_sha256)
  })

  test.each([
    ['empty-length', { content: '', finishReason: 'length' }],
    ['truncated', { content: 'half', finishReason: 'length' }],
    ['empty-stop', { content: '' }],
    ['invalid-envelope', { status: 200, body: { choices: [] } }],
    ['invalid-code', { content: 'no code' }],
  ] as [string, Reply][])('%s twice: no third call', async (result, reply) => {
    const rig = await modelOf(reply)
    const { generation, text } = await generate(rig)
    expect(rig.server.requests).toHaveLength(2)
    expect(text).toBeNull()
    expect(generation.attempts.map((attempt) => attempt.result)).toEqual([result, result])
    expect(generation.outcome).toMatchObject({ status: 'failed', reason: 'test-invalid' })
    expect(generation.outcome.message).toContain('no valid test after 2 of 4 calls, the same problem again: ')
  })

  test.each([
    ['refusal', { content: null, refusal: 'I cannot do that' }],
    ['content-filter', { content: '', finishReason: 'content_filter' }],
  ] as [string, Reply][])('%s: no further call', async (result, reply) => {
    const rig = await modelOf(reply)
    const { generation, text } = await generate(rig)
    expect(rig.server.requests).toHaveLength(1)
    expect(text).toBeNull()
    expect(generation.attempts.map((attempt) => attempt.result)).toEqual([result])
    expect(generation.outcome).toMatchObject({ status: 'failed', reason: 'model-refused' })
  })

  test('ever new mistakes end at `max_calls`, with the whole trail', async () => {
    const mistakes = ['x = = 1\n', 'x = 1\n', 'return 1\n', good.replace('(state)', '()')]
    const rig = await modelOf(...mistakes.map(fenced))
    const { generation, text } = await generate(rig, { max_calls: 3 })
    expect(rig.server.requests).toHaveLength(3)
    expect(text).toBeNull()
    expect(generation.attempts.map(({ diagnostics }) => diagnostics[0])).toMatchInlineSnapshot(`
      [
        "1:5 syntax: invalid syntax",
        "missing-function: no top-level function \`setup()\`",
        "1:1 syntax: 'return' outside function",
      ]
    `)
    expect(generation.outcome.message).toMatchInlineSnapshot(
      `"no valid test after 3 of 3 calls, no call left: 1:1 syntax: 'return' outside function"`,
    )
  })

  test('one repair more than allowed is not made', async () => {
    const mistakes = ['x = = 1\n', 'x = 1\n', 'return 1\n']
    const rig = await modelOf(...mistakes.map(fenced), fenced(good))
    const { generation } = await generate(rig, { max_repairs: 1 })
    expect(rig.server.requests).toHaveLength(2)
    expect(generation.outcome.message).toContain('no valid test after 2 of 4 calls, no repair left: ')
  })

  test('a cut answer of a model that can give no more', async () => {
    const cut: Reply = { content: '```python\nx', finishReason: 'length' }
    const rig = await modelOf(cut, cut, fenced(good))
    const { generation } = await generate(rig, { model_output_tokens: 24_000 })
    expect(rig.server.requests).toHaveLength(1)
    expect(generation.outcome).toMatchObject({ reason: 'test-invalid' })
    expect(generation.outcome.message).toContain('the model has no more room')
  })

  test('JSON that is none goes back like bad code', async () => {
    const rig = await modelOf({ content: 'no JSON' }, { content: JSON.stringify({ python: good }) })
    const { results, text } = await generate(rig, { structured_output: true })
    expect(results).toEqual(['first invalid-json', 'repair ok'])
    expect(text).toBe(goodTest)
    expect(rig.server.requests[0]!.body).toMatchObject({ response_format: { type: 'json_schema' } })
  })
})
