import { describe, expect, test } from 'vitest'
import { fenced, generate, good, goodTest, modelOf } from '../../support/generation-rig.ts'
import { rigProvider } from '../../support/model-rig.ts'

describe('the budget of a commit', () => {
  const price = { usd_per_million_tokens: { input: 1, output: 10 } }

  test.each([
    ['tokens', { max_tokens: 1000 }, 0, /^0 of 1000 tokens are spent and the next call may take 24\d{3}$/],
    ['money', { max_usd: 0.1, ...price }, 0, /^0\.0000 of 0\.1 USD are spent and the next call may cost 0\.24\d\d$/],
    ['money without a price', { max_usd: 100 }, 0, /^the price of a call is unknown and at most 100 USD may be spent$/],
    [
      'tokens for the second call',
      { max_tokens: 25_500 },
      1,
      /^1300 of 25500 tokens are spent and the next call may take 24\d{3}$/,
    ],
  ])('%s: recorded, and no call that could pass it', async (_name, settings, calls, message) => {
    const rig = await modelOf(fenced('x = 1\n'), fenced(good))
    const { generation, text } = await generate(rig, settings)
    expect(rig.server.requests).toHaveLength(calls)
    expect(text).toBeNull()
    expect(generation.attempts).toHaveLength(calls)
    expect(generation.outcome).toMatchObject({ status: 'failed', reason: 'budget-spent' })
    expect(generation.outcome.message).toMatch(message)
  })

  test('that suffices changes nothing', async () => {
    const rig = await modelOf(fenced('x = 1\n'), fenced(good))
    expect((await generate(rig, { max_tokens: 100_000, max_usd: 1, ...price })).text).toBe(goodTest)
  })
})

test('an answer of a batch job costs its share of the price', async () => {
  const rig = await modelOf()
  const provider = rigProvider(rig.server.url, { batch: { price_factor: 0.5 } })
  const usage = { input_tokens: 1000, output_tokens: 100, reasoning_tokens: null, cached_tokens: null }
  const completion = {
    text: `\`\`\`python\n${good}\`\`\``,
    refusal: null,
    finishReason: 'stop',
    responseModel: null,
    requestId: null,
    requestSha256: '0'.repeat(64),
    parameters: {},
    serviceTier: 'default',
    byBatch: true,
    usage,
    reportedCost: null,
  }
  const prices = { usd_per_million_tokens: { input: 2, output: 10 } }
  const { generation } = await generate(
    rig,
    prices,
    { model: async () => ({ complete: async () => completion }) },
    {
      provider,
    },
  )
  expect(generation.attempts[0]).toMatchObject({ service_tier: 'batch', cost_usd: 0.5 * (0.002 + 0.001) })
})
