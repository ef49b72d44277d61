import { describe, expect, test } from 'vitest'
import { formatDiagnostic } from '../../../plugins/isobench/src/domain/test-rules.ts'
import { isUnion, missingSide, typeDiagnostics } from '../../../plugins/isobench/src/domain/type-findings.ts'

const at = (line: number, message: string) => ({ line, column: 1, message })

test('what one side alone lacks is a finding of its own', () => {
  const found = typeDiagnostics({
    base: [at(3, 'gone'), at(1, 'never'), at(5, 'Expected 1 positional argument')],
    head: [at(1, 'never'), at(4, 'new'), at(5, 'Expected 2 positional arguments')],
  })
  expect(found.map(formatDiagnostic)).toEqual([
    '1:1 not-installed: on base and head: never',
    '3:1 only-on-head: on base: gone',
    '4:1 only-on-base: on head: new',
    '5:1 not-installed: on base: Expected 1 positional argument; on head: Expected 2 positional arguments',
  ])
  expect(missingSide(found)).toBeNull()
  expect(missingSide(found.slice(1, 2))).toBe('base')
  expect(missingSide(found.slice(2, 3))).toBe('head')
  expect(missingSide([])).toBeNull()
})

describe('one of several types', () => {
  test.each([
    ['LLM', false],
    ['LLM | None', false],
    ['A | B', true],
    ['list[A | B]', false],
    ['dict[str, A | B] | list[int]', true],
    ['(x: A | B) -> int', false],
  ])('%s: %s', (type, expected) => {
    expect(isUnion(type)).toBe(expected)
  })
})
