import { describe, expect, test } from 'vitest'
import { environmentsToRemove, inOrderOfKeeping } from '../../../plugins/isobench/src/domain/store-plan.ts'

function stored(key: string, lastUsed: number | null, addedBytes: number, inUse = false) {
  return { key, lastUsed, addedBytes, inUse }
}

const old = stored('old', 100, 30)
const recent = stored('recent', 300, 50)
const middle = stored('middle', 200, 20)
const unfinished = stored('unfinished', null, 5)
const used = stored('used', 50, 40, true)

test('what is in use is kept first, then what was used last', () => {
  const order = inOrderOfKeeping([unfinished, old, recent, used, middle]).map(({ key }) => key)
  expect(order).toEqual(['used', 'recent', 'middle', 'old', 'unfinished'])
})

test('equal times are ordered by key', () => {
  expect(inOrderOfKeeping([stored('b', 1, 1), stored('a', 1, 1)]).map(({ key }) => key)).toEqual(['a', 'b'])
})

describe('environments to remove', () => {
  const environments = inOrderOfKeeping([unfinished, old, recent, used, middle])
  test.each([
    [1000, ['unfinished']],
    [140, ['unfinished']],
    [139, ['old', 'unfinished']],
    [110, ['old', 'unfinished']],
    [109, ['middle', 'old', 'unfinished']],
    [89, ['recent', 'middle', 'old', 'unfinished']],
    [0, ['recent', 'middle', 'old', 'unfinished']],
    [-5, ['recent', 'middle', 'old', 'unfinished']],
  ])('of a budget of %i are %j', (budget, keys) => {
    expect(environmentsToRemove(environments, budget).map(({ key }) => key)).toEqual(keys)
  })

  test('are all after the first that does not fit, although a smaller one would', () => {
    const order = [stored('new', 3, 10), stored('large', 2, 100), stored('small', 1, 1)]
    expect(environmentsToRemove(order, 20).map(({ key }) => key)).toEqual(['large', 'small'])
  })
})
