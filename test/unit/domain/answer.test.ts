import { describe, expect, test } from 'vitest'
import { type Completion, readAnswer, readCompletion } from '../../../plugins/isobench/src/domain/answer.ts'
import { costOf, sumUsage } from '../../../plugins/isobench/src/domain/usage.ts'

function completion(text: string | null, finishReason = 'stop', refusal: string | null = null): Completion {
  const choices =
    text === null && refusal === null ? [] : [{ finish_reason: finishReason, message: { content: text, refusal } }]
  return read({ choices })
}

function read(
  response: { choices: unknown[] } | { error: Record<string, unknown> },
  parameters: object = {},
): Completion {
  return readCompletion(
    { response, request_id: null },
    { requestSha256: '0'.repeat(64), parameters: { ...parameters } },
  )
}

/** An answer that was asked for by schema. */
const structured = (content: string): Completion =>
  read({ choices: [{ finish_reason: 'stop', message: { content } }] }, { response_format: {} })

const code = 'def setup():\n    return 1\n'
const fenced = (text: string, fence = '```') => `${fence}python\n${text}${fence}`

describe('an answer is sorted', () => {
  test.each([
    ['code', completion(fenced(code)), 'ok', null],
    [
      'no text at the limit',
      completion('', 'length'),
      'empty-length',
      'no text: the output limit was spent on hidden reasoning',
    ],
    [
      'only blanks at the limit',
      completion(' \n', 'length'),
      'empty-length',
      'no text: the output limit was spent on hidden reasoning',
    ],
    [
      'only reasoning at the limit',
      completion('<think>hm', 'length'),
      'empty-length',
      'no text: the output limit was spent on hidden reasoning',
    ],
    ['half a text', completion('```python\ndef', 'length'), 'truncated', 'the answer was cut off at the output limit'],
    ['no text', completion('', 'stop'), 'empty-stop', 'no text, although the model stopped by itself: stop'],
    ['a refusal', completion(null, 'stop', 'I cannot'), 'refusal', 'the model refused'],
    ['a refusal beside text', completion(fenced(code), 'stop', 'no'), 'refusal', 'the model refused'],
    ['a filter', completion('', 'content_filter'), 'content-filter', 'the content filter stopped the answer'],
    ['a refusal by finish reason', completion('', 'refusal'), 'refusal', 'the model refused'],
    [
      'a request that was filtered out',
      read({ error: { code: 'content_filter' } }),
      'content-filter',
      'the content filter stopped the answer',
    ],
    ['JSON by schema', structured(JSON.stringify({ python: code })), 'ok', null],
    ['JSON with a fence inside', structured(JSON.stringify({ python: fenced(code) })), 'ok', null],
    [
      'a fenced block in place of JSON',
      structured(fenced(code)),
      'invalid-json',
      'the answer is not the JSON that was asked for',
    ],
    [
      'JSON without code',
      structured('{"python": null}'),
      'invalid-json',
      'the answer is not the JSON that was asked for',
    ],
    ['no choice', completion(null), 'invalid-envelope', 'the answer holds no message'],
    ['prose', completion('I would write a test.'), 'invalid-code', 'no code block; wanted exactly one ```python block'],
    ['code in prose', completion(code), 'invalid-code', 'no code block; wanted exactly one ```python block'],
    [
      'two blocks',
      completion(`${fenced(code)}\n\nor\n\n${fenced(code)}`),
      'invalid-code',
      '2 code blocks; wanted exactly one',
    ],
    ['an open block', completion(`\`\`\`python\n${code}`), 'invalid-code', 'the code block is not closed'],
    [
      '200 kB',
      completion(fenced('x = 1\n'.repeat(34_000))),
      'invalid-code',
      'the code has 203999 characters; at most 60000 are allowed',
    ],
  ] as const)('%s', (_name, given, result, problem) => {
    expect(readAnswer(given)).toEqual({ result, problem, code: result === 'ok' ? code : null })
  })
})

describe('the code is taken out of its fence', () => {
  test.each([
    ['prose around it', `Here it is:\n\n${fenced(code)}\n\nDone.`],
    ['no language', `\`\`\`\n${code}\`\`\``],
    ['tildes', fenced(code, '~~~')],
    ['an indented fence', `  \`\`\`python\n${code}  \`\`\``],
    ['Windows newlines', fenced(code).replaceAll('\n', '\r\n')],
    ['trailing blanks', `${fenced(`${code}\n\n\n`)}  \n`],
    ['a byte order mark', fenced(`\uFEFF${code}`)],
    ['reasoning with drafts before it', `<think>\n${fenced('draft')}\n</think>\n${fenced(code)}`],
    ['inline backticks before it', `Use \`\`\`x\`\`\` here:\n${fenced(code)}`],
  ])('%s', (_name, text) => {
    expect(readAnswer(completion(text)).code).toBe(code)
  })

  test('a longer fence may hold a shorter one', () => {
    const markdown = 'TEXT = """\n```\nx\n```\n"""\n'
    expect(readAnswer(completion(fenced(markdown, '````'))).code).toBe(markdown)
  })
})

describe('usage', () => {
  const usage = { input_tokens: 1000, output_tokens: 500, reasoning_tokens: null, cached_tokens: 400 }
  test('sums what is known, and says null where one call does not say', () => {
    expect(sumUsage([usage, { ...usage, reasoning_tokens: 5 }])).toEqual({
      input_tokens: 2000,
      output_tokens: 1000,
      reasoning_tokens: null,
      cached_tokens: 800,
    })
    expect(sumUsage([])).toEqual({ input_tokens: 0, output_tokens: 0, reasoning_tokens: 0, cached_tokens: 0 })
  })

  test('the cost is what the endpoint reports, else by the price, else unknown', () => {
    const price = { input: 2, cached_input: 0.5, output: 10 }
    expect(costOf(usage, 0.01, price)).toBe(0.01)
    expect(costOf(usage, null, price)).toBeCloseTo((600 * 2 + 400 * 0.5 + 500 * 10) / 1e6, 12)
    expect(costOf(usage, null, { input: 2, output: 10 })).toBeCloseTo((1000 * 2 + 500 * 10) / 1e6, 12)
    expect(costOf(usage, null, undefined)).toBeNull()
    expect(costOf({ ...usage, output_tokens: null }, null, price)).toBeNull()
  })
})
