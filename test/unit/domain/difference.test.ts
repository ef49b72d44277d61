import { expect, test } from 'vitest'
import { differenceOf } from '../../../plugins/isobench/src/domain/difference.ts'

test.each([
  [{ a: [1, { b: 'x' }] }, { a: [1, { b: 'x' }] }, null],
  [{ a: undefined }, {}, null],
  [0.1 + 0.2, 0.3, null],
  [{ a: 1.000001 }, { a: 1 }, 'a'],
  [{ a: 0 }, { a: 1e-300 }, 'a'],
  [{ a: [1, { b: 'x' }] }, { a: [1, { b: 'y' }] }, 'a.1.b'],
  [{ a: [1] }, { a: [1, 2] }, 'a.1'],
  [{ a: null }, { a: {} }, 'a'],
  [{ a: [] }, { a: {} }, 'a'],
  [{}, { a: 1 }, 'a'],
  [{ a: '1' }, { a: 1 }, 'a'],
])('%j against %j: %s', (one, other, difference) => {
  expect(differenceOf(one, other)).toBe(difference)
  expect(differenceOf(other, one)).toBe(difference)
})
