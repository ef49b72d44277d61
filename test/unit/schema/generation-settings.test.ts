import { describe, expect, test } from 'vitest'
import { parseSettings } from '../../../plugins/isobench/src/domain/settings.ts'
import { GenerationSettings } from '../../../plugins/isobench/src/schema/generation-settings.ts'

const provider = 'provider: { base_url: http://127.0.0.1:8000/v1 }\nmodel: model-a\n'

function failure(text: string): string {
  try {
    parseSettings(GenerationSettings, text, 'generation.yaml')
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('expected a failure')
}

test('an empty file means reviewed tests only; there is no default model', () => {
  expect(parseSettings(GenerationSettings, '', 'generation.yaml')).toEqual({
    parameters: {},
    max_prompt_characters: 60_000,
    max_calls: 4,
    max_repairs: 2,
    timeout_seconds: 600,
    deadline_seconds: 1800,
    structured_output: false,
    trial: { accelerator: 'none', sandbox: 'bubblewrap', timeout_seconds: 300 },
    workloads: [],
    verify: 'trial',
  })
})

test('a model by its name as typed', () => {
  const settings = parseSettings(GenerationSettings, `${provider}parameters: { seed: 7 }\n`, 'generation.yaml')
  expect(settings).toMatchObject({
    provider: { base_url: 'http://127.0.0.1:8000/v1' },
    model: 'model-a',
    parameters: { seed: 7 },
  })
})

describe('refused', () => {
  test.each([
    [
      'a provider without a model',
      'provider: { base_url: http://127.0.0.1/v1 }\n',
      '1:1: `provider` and `model` go together',
    ],
    [
      'a key in the URL',
      provider.replace('127', 'user:sk-1@127'),
      '1:23: must hold no user name and no password at `provider.base_url`',
    ],
    ['a file URL', provider.replace('http:', 'file:'), '1:23: invalid URL at `provider.base_url`'],
    [
      'the model among the parameters',
      `${provider}parameters: { model: b }\n`,
      '3:13: must not hold what the tool sets itself: model, messages, stream, n, max_completion_tokens, max_tokens, reasoning_effort, reasoning, response_format at `parameters`',
    ],
    ['a key in the settings', provider.replace(' }', ', api_key: sk-1 }'), '1:49: unknown key at `provider.api_key`'],
    ['no call', `${provider}max_calls: 0\n`, '3:12: too small: expected number to be >=1 at `max_calls`'],
  ])('%s', (_name, text, message) => {
    expect(failure(text)).toBe(`generation.yaml:${message}`)
  })
})
