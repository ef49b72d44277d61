import { describe, expect, test } from 'vitest'
import {
  lessEffort,
  outputRoom,
  pricesOf,
  profileName,
  resolveProvider,
  unfitSetting,
} from '../../../plugins/isobench/src/domain/provider.ts'
import { GenerationSettings } from '../../../plugins/isobench/src/schema/generation-settings.ts'
import { ProviderProfile } from '../../../plugins/isobench/src/schema/provider.ts'

const effort = { parameter: 'reasoning_effort', values: ['none', 'low', 'high'] }
const named = ProviderProfile.parse({
  base_url: 'http://127.0.0.1/v1',
  effort,
  token_parameter: 'max_tokens',
  reasoning_models: [String.raw`^o\d`],
  usd_per_million_tokens: { 'model-a': { input: 1, output: 2 } },
})
const settings = (keys: object): GenerationSettings =>
  GenerationSettings.parse({ provider: 'some', model: 'model-a', ...keys })

describe('a provider', () => {
  test('is a profile by its name', () => {
    expect(profileName('some')).toBe('some')
    expect(resolveProvider('some', named)).toEqual(named)
  })

  test('is a profile with keys replaced', () => {
    const reference = { profile: 'some', base_url: 'http://127.0.0.1/v2' }
    expect(profileName(reference)).toBe('some')
    expect(resolveProvider(reference, named)).toEqual({ ...named, base_url: 'http://127.0.0.1/v2' })
  })

  test('is no profile that nobody read', () => {
    expect(() => resolveProvider({ profile: 'some' }, undefined)).toThrow(
      'the profile of this provider is not given: some',
    )
  })

  test('is all in the settings', () => {
    const reference = { base_url: 'http://127.0.0.1/v1' }
    expect(profileName(reference)).toBeUndefined()
    expect(resolveProvider(reference, undefined)).toMatchObject({
      token_parameter: 'max_completion_tokens',
      extra_body: {},
    })
  })
})

describe('settings that do not fit', () => {
  test.each([
    [{ effort: 'medium' }, named, 'effort', 'the provider does not take this effort, only none, low, high: medium'],
    [
      { effort: 'low' },
      { ...named, effort: undefined },
      'effort',
      'the provider does not take this effort, only none at all: low',
    ],
    [{ structured_output: true }, named, 'structured_output', 'the provider does not keep answers to a schema'],
    [
      { effort: 'low', parameters: { temperature: 0 } },
      named,
      'parameters.temperature',
      'a model that thinks first takes no such parameter: temperature',
    ],
    [
      { model: 'o9-mini', parameters: { top_p: 1 } },
      named,
      'parameters.top_p',
      'a model that thinks first takes no such parameter: top_p',
    ],
  ])('%j', (keys, provider, path, message) => {
    const unfit = unfitSetting(settings(keys), provider)
    expect([unfit!.path.join('.'), unfit!.message]).toEqual([path, message])
  })

  test.each([
    { effort: 'low' },
    { parameters: { temperature: 0 } },
    { model: 'o9', effort: 'none', parameters: { temperature: 0 } },
  ])('%j fits', (keys) => {
    expect(unfitSetting(settings(keys), named)).toBeUndefined()
  })
})

test('room for the answer and for hidden reasoning, unless the settings say how much', () => {
  const efforts = [undefined, 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']
  expect(efforts.map((value) => outputRoom(settings({ effort: value })))).toEqual([
    24_000, 8000, 12_000, 16_000, 24_000, 40_000, 72_000, 72_000,
  ])
  expect(outputRoom(settings({ effort: 'high', max_output_tokens: 5000 }))).toBe(5000)
})

test('one step less effort, of those that the provider takes', () => {
  expect((['high', 'low', 'none', undefined] as const).map((value) => lessEffort(value, named))).toEqual([
    'low',
    'none',
    'none',
    undefined,
  ])
})

test('the price of the settings, else of the profile, else none', () => {
  const own = { input: 3, output: 4 }
  expect(pricesOf(settings({ usd_per_million_tokens: own }), named)).toEqual(own)
  expect(pricesOf(settings({}), named)).toEqual({ input: 1, output: 2 })
  expect(pricesOf(settings({ model: 'model-b' }), named)).toBeUndefined()
  expect(pricesOf(settings({ model: 'constructor' }), named)).toBeUndefined()
})
