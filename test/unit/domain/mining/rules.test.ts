import { describe, expect, test } from 'vitest'
import { IsobenchError } from '../../../../plugins/isobench/src/errors.ts'
import { rulesWith } from '../../../support/mining.ts'

function problem(text: string): string {
  try {
    rulesWith(text)
  } catch (error) {
    if (error instanceof IsobenchError) return `${error.code}: ${error.message}`
    throw error
  }
  throw new Error('expected a failure')
}

describe('mining.yaml', () => {
  test('may say nothing: then the filters of the package hold', () => {
    const rules = rulesWith()
    expect(rules.threshold).toBe(2)
    expect(rules.roles).toEqual(['source', 'native'])
    expect(rules.patterns.length).toBeGreaterThan(20)
    expect(rulesWith('').digest).toBe(rules.digest)
  })

  test('replaces a whole key, and adds patterns', () => {
    const replaced = rulesWith('patterns: [{ pattern: zap, weight: 5 }]\nthreshold: 4\n')
    expect(replaced.patterns.map(({ pattern }) => pattern)).toEqual(['zap'])
    const added = rulesWith('more_patterns: [{ pattern: zap, weight: 5 }]\n')
    expect(added.patterns).toHaveLength(rulesWith().patterns.length + 1)
    expect(added.digest).not.toBe(rulesWith().digest)
  })

  test('has a digest that a rejected commit does not change', () => {
    const rejected = `rejected: [{ commit: '${'a'.repeat(40)}', reason: slower on every input }]\n`
    expect(rulesWith(rejected).digest).toBe(rulesWith().digest)
    expect(rulesWith(rejected).rejected.get('a'.repeat(40))).toBe('slower on every input')
  })

  test.each([
    ['threshold: high', 'bad-input: mining.yaml:1:12: invalid input: expected number, received string at `threshold`'],
    ['treshold: 2', 'bad-input: mining.yaml:1:1: unknown key at `treshold`'],
    [
      'more_patterns:\n  - { pattern: fast, weight: 1 }\n  - { weight: 1, pattern: "(?=fast)" }\n',
      'bad-input: mining.yaml:3:27: not a pattern of RE2: invalid or unsupported Perl syntax: `(?=`',
    ],
    [
      'excluded_messages: ["a{1001}"]',
      'bad-input: mining.yaml:1:21: not a pattern of RE2: invalid repeat count: `{1001}`',
    ],
    ['excluded_messages: ["(a"]', 'bad-input: mining.yaml:1:21: not a pattern of RE2: missing closing ): `(a`'],
    ['roles: []', 'bad-input: mining.yaml:1:8: too small: expected array to have >=1 items at `roles`'],
    [
      'rejected: [{ commit: abc, reason: x }]',
      'bad-input: mining.yaml:1:22: must be a full commit hash: 40 lower-case hexadecimal digits at `rejected.0.commit`',
    ],
    [
      'judge: { provider: openai }',
      'bad-input: mining.yaml:1:8: invalid input: expected string, received undefined at `judge.model`',
    ],
  ])('is refused with its place: %s', (text, message) => {
    expect(problem(text)).toContain(message)
  })
})

describe('a pattern', () => {
  test('cannot blow up, whatever the message', () => {
    const rules = rulesWith(
      "patterns: [{ pattern: '(a+)+$', weight: 3, in: subject }, { pattern: '(.*a){12}x', weight: 3 }]\n",
    )
    const text = `${'a'.repeat(20_000)}b`
    // A backtracking engine needs longer than the universe has for either.
    expect(rules.patterns.map(({ compiled }) => compiled.test(text))).toEqual([false, false])
  })
})
