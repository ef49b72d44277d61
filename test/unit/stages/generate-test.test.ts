import { afterEach, describe, expect, test } from 'vitest'
import { pythonSyntax } from '../../../plugins/isobench/src/adapters/python-syntax.ts'
import { promptSha256 } from '../../../plugins/isobench/src/domain/prompt.ts'
import { IsobenchError } from '../../../plugins/isobench/src/errors.ts'
import { Generation } from '../../../plugins/isobench/src/schema/generation.ts'
import { GenerationSettings } from '../../../plugins/isobench/src/schema/generation-settings.ts'
import { failed } from '../../../plugins/isobench/src/schema/outcome.ts'
import type { Run } from '../../../plugins/isobench/src/schema/run-bundle.ts'
import {
  type GenerateTestEffects,
  type GenerateTestInput,
  generateTest,
} from '../../../plugins/isobench/src/stages/generate-test.ts'
import { digestOf, sampleAnalysis, sampleEnvironment, sampleRepository } from '../../support/artifacts.ts'
import { type ModelRig, startModelRig } from '../../support/model-rig.ts'
import type { Reply } from '../../support/model-server.ts'
import { trialRun } from '../../support/trial-run.ts'

const footer = '\n\n# Appended by the tool.\nif __name__ == "__main__":\n    print(experiment(setup()))\n'
const good =
  'import demo\n\n\ndef setup():\n    return "text"\n\n\ndef experiment(state):\n    return demo.parse(state)\n'
const goodTest = `${good}\n\n${footer.trimStart()}`
const fenced = (code: string): Reply => ({ content: `\`\`\`python\n${code}\`\`\`` })
const prompt = { folder: 'prompts', system: 'Rules.', user: '{{change}}', repair: '{{diagnostics}}' }

let rig: ModelRig
let trials: string[] = []

afterEach(async () => {
  trials = []
  await rig?.server.close()
})

function inputOf(overrides: Partial<GenerateTestInput> = {}, settings: object = {}): GenerateTestInput {
  return {
    repository: { name: 'demo', settings: sampleRepository() },
    analysis: sampleAnalysis(),
    environment: sampleEnvironment(),
    settings: GenerationSettings.parse(settings),
    prompt,
    ...overrides,
  }
}

const effects = (overrides: Partial<GenerateTestEffects> = {}): GenerateTestEffects => ({
  model: () => Promise.reject(new Error('no model may be asked')),
  python: pythonSyntax(async () => 'python3'),
  trial: async (text) => {
    trials.push(text)
    return [trialRun('base'), trialRun('head')]
  },
  footer,
  log: () => undefined,
  ...overrides,
})

/** Generates with a real client of a loopback server that gives these replies. */
async function generate(
  replies: readonly Reply[],
  settings: object = {},
  overrides: Partial<GenerateTestEffects> = {},
) {
  rig = await startModelRig(replies)
  const input = inputOf({}, { provider: { base_url: rig.server.url }, model: 'model-a', ...settings })
  const { generation, test: text } = await generateTest(
    input,
    effects({ model: async () => rig.client(), ...overrides }),
  )
  expect(Generation.parse(generation)).toEqual(generation)
  expect(generation.test_sha256).toBe(text === null ? null : digestOf(text))
  return { generation, text, results: generation.attempts.map(({ kind, result }) => `${kind} ${result}`) }
}

describe('without a model', () => {
  const missing = failed('wheel-missing', 'no wheel', 'head')
  test.each([
    ['analysis', { analysis: sampleAnalysis({ outcome: missing }) }],
    ['environment', { environment: sampleEnvironment({ outcome: missing }) }],
  ])('a failed %s skips the stage', async (_name, overrides) => {
    const reviewedTest = { text: 'not even Python (', file: 'efficiency_test.py' }
    const { generation, test: text } = await generateTest(inputOf({ ...overrides, reviewedTest }), effects())
    expect(text).toBeNull()
    expect(generation).toMatchObject({ outcome: { ...missing, status: 'skipped' }, origin: null, attempts: [] })
  })

  test('the reviewed test is taken, whatever generation.yaml says', async () => {
    const settings = { provider: { base_url: 'http://127.0.0.1:9/v1' }, model: 'model-a' }
    const input = inputOf({ reviewedTest: { text: good, file: 'efficiency_test.py' } }, settings)
    const { generation, test: text } = await generateTest(input, effects())
    expect(text).toBe(goodTest)
    expect(Generation.parse(generation)).toEqual({
      schema_version: 1,
      outcome: { status: 'ok', reason: null, side: null, message: null },
      origin: 'reviewed',
      test_sha256: digestOf(goodTest),
      provider: null,
      model: null,
      parameters: {},
      prompt_sha256: null,
      attempts: [],
      usage: { input_tokens: 0, output_tokens: 0, reasoning_tokens: 0, cached_tokens: 0 },
      cost_usd: 0,
    })
    expect(trials).toEqual([])
  })

  test('a generated test that was copied as the reviewed one stays the same', async () => {
    const input = inputOf({ reviewedTest: { text: goodTest.replaceAll('\n', '\r\n'), file: 'efficiency_test.py' } })
    expect((await generateTest(input, effects())).test).toBe(goodTest)
  })

  test.each([
    ['def setup(:\n', 'commits/demo/1/efficiency_test.py:1:11: invalid syntax'],
    ['x = 1\n', 'commits/demo/1/efficiency_test.py:1:1: no top-level function `setup()` (and 2 more)'],
    [good.replace('(state)', '()'), 'commits/demo/1/efficiency_test.py:8:1: must be callable as `experiment(state)`'],
  ])('a reviewed test that breaks the contract is an error with its place', async (text, message) => {
    const input = inputOf({ reviewedTest: { text, file: 'commits/demo/1/efficiency_test.py' } })
    const failure = await generateTest(input, effects()).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(IsobenchError)
    expect(failure).toMatchObject({ code: 'bad-input', message })
  })

  test('neither test nor provider', async () => {
    const { generation, test: text } = await generateTest(inputOf(), effects())
    expect(text).toBeNull()
    expect(generation.outcome).toMatchObject({ status: 'failed', reason: 'test-missing' })
  })
})

describe('a model writes', () => {
  test('a good test at the first call', async () => {
    const prices = { usd_per_million_tokens: { input: 2, cached_input: 1, output: 10 } }
    const { generation, text } = await generate([fenced(good)], { parameters: { reasoning_effort: 'low' }, ...prices })
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
      parameters: { reasoning_effort: 'low', max_completion_tokens: 24_000 },
      prompt_sha256: promptSha256(prompt),
      attempts: [
        {
          kind: 'first',
          result: 'ok',
          finish_reason: 'stop',
          request_id: 'request-1',
          response_model: 'model-a-2026',
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
    const { text } = await generate([fenced(good)], { verify: 'static' })
    expect(text).toBe(goodTest)
    expect(trials).toEqual([])
  })

  test('a bad version goes back with its diagnostics and is replaced', async () => {
    const { results, text, generation } = await generate([
      fenced('import demo\nx = = (\n'),
      { content: 'Sorry.' },
      fenced(good),
    ])
    expect(results).toEqual(['first invalid-code', 'repair invalid-code', 'repair ok'])
    expect(text).toBe(goodTest)
    expect(generation.attempts[0]!.diagnostics).toEqual(['2:5 syntax: invalid syntax'])
    expect(generation.usage.input_tokens).toBe(3000)
    const [first, second, third] = rig.server.requests.map(({ body }) => body.messages)
    expect(second!.slice(0, 2)).toEqual(first)
    expect(second![2]!.content).toContain('x = = (')
    expect(second![3]!.content).toContain('2:5 syntax: invalid syntax')
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
    const { results, text, generation } = await generate(versions, {}, { trial: async () => outcomes.shift()! })
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
    await expect(generate([fenced(good)], {}, { trial: () => Promise.reject(trouble) })).rejects.toBe(trouble)
    const input = inputOf({}, { provider: { base_url: rig.server.url }, model: 'model-a' })
    expect((await generateTest(input, effects({ model: async () => rig.client() }))).test).toBe(goodTest)
    expect(rig.server.requests).toHaveLength(1)
  })

  test('the same again from the store: equal bytes, no call', async () => {
    const { generation } = await generate([{ content: '', finishReason: 'length' }, fenced('x = 1\n'), fenced(good)])
    const input = inputOf({}, { provider: { base_url: rig.server.url }, model: 'model-a' })
    const again = await generateTest(input, effects({ model: async () => rig.client() }))
    expect(again.generation).toEqual(generation)
    expect(rig.server.requests).toHaveLength(3)
  })
})

describe('each kind of failure has its answer', () => {
  const limits = () => rig.server.requests.map(({ body }) => [body['max_completion_tokens'], body['reasoning_effort']])
  const parameters = { reasoning_effort: 'high' }

  test('no room for text: twice the room, one step less effort', async () => {
    const { results } = await generate([{ content: '', finishReason: 'length' }, fenced(good)], { parameters })
    expect(results).toEqual(['first empty-length', 'first ok'])
    expect(limits()).toEqual([
      [24_000, 'high'],
      [48_000, 'medium'],
    ])
  })

  test('a cut answer: twice the room', async () => {
    const { results } = await generate([{ content: '```python\nx', finishReason: 'length' }, fenced(good)], {
      parameters,
    })
    expect(results).toEqual(['first truncated', 'first ok'])
    expect(limits()).toEqual([
      [24_000, 'high'],
      [48_000, 'high'],
    ])
  })

  test.each([
    ['empty-stop', { content: '' }],
    ['invalid-envelope', { status: 200, body: { choices: [] } }],
  ] as [string, Reply][])('%s: the same request once more', async (result, reply) => {
    const { results, generation } = await generate([reply, fenced(good)])
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
    const { generation, text } = await generate([reply])
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
    const { generation, text } = await generate([reply])
    expect(rig.server.requests).toHaveLength(1)
    expect(text).toBeNull()
    expect(generation.attempts.map((attempt) => attempt.result)).toEqual([result])
    expect(generation.outcome).toMatchObject({ status: 'failed', reason: 'model-refused' })
  })

  test('ever new mistakes end at `max_calls`, with the whole trail', async () => {
    const mistakes = ['x = = 1\n', 'x = 1\n', 'return 1\n', good.replace('(state)', '()')]
    const { generation, text } = await generate(mistakes.map(fenced), { max_calls: 3 })
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
})
