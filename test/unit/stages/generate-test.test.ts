import { describe, expect, test } from 'vitest'
import { IsobenchError } from '../../../plugins/isobench/src/errors.ts'
import { Generation } from '../../../plugins/isobench/src/schema/generation.ts'
import { failed } from '../../../plugins/isobench/src/schema/outcome.ts'
import { generateTest } from '../../../plugins/isobench/src/stages/generate-test.ts'
import { digestOf, sampleAnalysis, sampleEnvironment } from '../../support/artifacts.ts'
import { effects, good, goodTest, inputOf, trials } from '../../support/generation-rig.ts'

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
