import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { builtInProvider } from '../../../plugins/isobench/src/nx/built-in-provider.ts'
import { packageDirectory } from '../../../plugins/isobench/src/nx/targets.ts'
import { ProviderProfile } from '../../../plugins/isobench/src/schema/provider.ts'
import { type ModelRig, canaryKey, sampleRequest, startModelRig } from '../../support/model-rig.ts'

let rig: ModelRig | undefined

afterEach(() => rig?.server.close())

/** What goes over the wire to the endpoint of a profile, but that the host is this machine. */
async function sent(name: string, request: object): Promise<object> {
  const profile = (await builtInProvider(name))!
  rig = await startModelRig([{ content: 'answer' }])
  const { pathname } = new URL(profile.base_url)
  const provider = { ...profile, base_url: `${new URL(rig.server.url).origin}${pathname}` }
  const apiKey = () => (profile.api_key_variable === undefined ? undefined : canaryKey)
  await rig.client({ provider, apiKey }).complete({ ...sampleRequest, ...request })
  const { path, headers, body } = rig.server.requests[0]!
  const { messages, response_format: format, ...parameters } = body
  expect(messages).toEqual(sampleRequest.messages)
  return {
    to: `${new URL(profile.base_url).origin}${path}`,
    key: headers.authorization === undefined ? null : profile.api_key_variable,
    ...parameters,
    ...(format === undefined ? {} : { response_format: (format as { type: string }).type }),
  }
}

const names = (await readdir(join(packageDirectory, 'providers'))).map((file) => file.replace('.yaml', '')).toSorted()

test('the profiles that come with the package', () => {
  expect(names).toEqual(['anthropic', 'gemini', 'llama-cpp', 'ollama', 'openai', 'openrouter', 'vllm'])
})

test.each(names)('%s names no price, which would grow old, and no model', async (name) => {
  const profile = (await builtInProvider(name))!
  expect(ProviderProfile.parse(profile)).toEqual(profile)
  expect(profile.usd_per_million_tokens).toEqual({})
  expect(profile.extra_body).not.toHaveProperty('model')
})

test('no profile of that name', async () => {
  expect(await builtInProvider('nobody')).toBeUndefined()
})

describe('exactly this is sent to', () => {
  test.each(names)('%s', async (name) => {
    const { effort, structured_output: structuredOutput } = (await builtInProvider(name))!
    const request = { effort: effort === undefined ? undefined : 'low', structuredOutput }
    expect(await sent(name, request)).toEqual(expected[name])
  })
})

const common = { model: 'model-a' }
const schema = { response_format: 'json_schema' }

const expected: Record<string, object> = {
  openai: {
    to: 'https://api.openai.com/v1/chat/completions',
    key: 'OPENAI_API_KEY',
    ...common,
    max_completion_tokens: 500,
    reasoning_effort: 'low',
    store: false,
    ...schema,
  },
  anthropic: {
    to: 'https://api.anthropic.com/v1/chat/completions',
    key: 'ANTHROPIC_API_KEY',
    ...common,
    max_tokens: 500,
  },
  gemini: {
    to: 'https://generativelanguage.googleapis.com/v1beta/openai/chat/completions',
    key: 'GEMINI_API_KEY',
    ...common,
    max_tokens: 500,
    reasoning_effort: 'low',
    ...schema,
  },
  openrouter: {
    to: 'https://openrouter.ai/api/v1/chat/completions',
    key: 'OPENROUTER_API_KEY',
    ...common,
    max_tokens: 500,
    reasoning: { effort: 'low' },
    provider: { require_parameters: true },
    ...schema,
  },
  vllm: {
    to: 'http://127.0.0.1:8000/v1/chat/completions',
    key: null,
    ...common,
    max_completion_tokens: 500,
    reasoning_effort: 'low',
    ...schema,
  },
  ollama: {
    to: 'http://127.0.0.1:11434/v1/chat/completions',
    key: null,
    ...common,
    max_tokens: 500,
    reasoning_effort: 'low',
    ...schema,
  },
  'llama-cpp': { to: 'http://127.0.0.1:8080/v1/chat/completions', key: null, ...common, max_tokens: 500, ...schema },
}
