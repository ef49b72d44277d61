import { describe, expect, test } from 'vitest'
import { chatRequest } from '../../../plugins/isobench/src/domain/chat-request.ts'
import { ProviderProfile } from '../../../plugins/isobench/src/schema/provider.ts'
import { sampleRequest } from '../../support/model-rig.ts'

const provider = (keys: object): ProviderProfile => ProviderProfile.parse({ base_url: 'http://127.0.0.1/v1/', ...keys })

describe('a request', () => {
  test('later sources win, and an effort keeps what stands beside it', () => {
    const profile = provider({
      effort: { parameter: 'reasoning.effort', values: ['low', 'medium'] },
      extra_body: { reasoning: { exclude: true }, seed: 1, top_k: 5, max_completion_tokens: 1 },
    })
    const { endpoint, parameters } = chatRequest(profile, { ...sampleRequest, parameters: { seed: 7 } })
    expect(endpoint).toBe('http://127.0.0.1/v1/chat/completions')
    expect(parameters).toEqual({
      reasoning: { exclude: true, effort: 'medium' },
      seed: 7,
      top_k: 5,
      max_completion_tokens: 500,
    })
  })

  test('without a place for it no effort is sent', () => {
    expect(chatRequest(provider({}), sampleRequest).parameters).toEqual({ max_completion_tokens: 500 })
  })

  test('its name depends on everything that is sent, on where to, and on the attempt', () => {
    const requests = [
      chatRequest(provider({}), sampleRequest),
      chatRequest(provider({ token_parameter: 'max_tokens' }), sampleRequest),
      chatRequest(provider({ base_url: 'http://127.0.0.1/v2' }), sampleRequest),
      chatRequest(provider({}), { ...sampleRequest, attempt: 1 }),
      chatRequest(provider({}), { ...sampleRequest, structuredOutput: true }),
    ]
    expect(new Set(requests.map(({ key }) => key)).size).toBe(requests.length)
  })

  test('a name that was given stays: answers of earlier versions are found', () => {
    expect(chatRequest(provider({}), { ...sampleRequest, effort: undefined }).key).toMatchInlineSnapshot(
      `"ebc6e39ba9e8667b12120deb74cc716df21bd272ac65ea1e78d3bd5f70c2a151"`,
    )
  })
})
