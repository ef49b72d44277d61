import { describe, expect, test } from 'vitest'
import { intervalRank, signedRankProbability, signedRanks } from '../../../plugins/isobench/src/domain/signed-rank.ts'

describe('signedRanks', () => {
  test('sums the ranks of each sign', () => {
    expect(signedRanks([0.1, -0.2, 0.3, 0.4])).toEqual({ positive: 8, negative: 2 })
    expect(signedRanks([-3, -1, -2])).toEqual({ positive: 0, negative: 6 })
    expect(signedRanks([])).toEqual({ positive: 0, negative: 0 })
  })

  test('gives each side the highest ranks that ties allow', () => {
    expect(signedRanks([1, -1, 2])).toEqual({ positive: 5, negative: 2 })
    expect(signedRanks([1, 1, -1, -1])).toEqual({ positive: 7, negative: 7 })
  })

  test('counts a zero on both sides', () => {
    expect(signedRanks([0, 1, 2])).toEqual({ positive: 6, negative: 1 })
    expect(signedRanks([0, 0, 0])).toEqual({ positive: 6, negative: 6 })
  })

  test('is never below any way to break the ties', () => {
    const tied = [2, -2, 2, 1, -1, 3]
    const broken = [1, -1].flatMap((first) =>
      [1, -1].map((second) => tied.map((value, index) => value + 1e-6 * index * (index % 2 === 0 ? first : second))),
    )
    const bound = signedRanks(tied)
    for (const values of broken) {
      expect(signedRanks(values).positive).toBeLessThanOrEqual(bound.positive)
      expect(signedRanks(values).negative).toBeLessThanOrEqual(bound.negative)
    }
  })
})

test('signedRankProbability counts the sign patterns', () => {
  for (const pairs of [1, 2, 5, 8, 10]) {
    const sums = Array.from({ length: 2 ** pairs }, (_, pattern) => {
      const signs = Array.from({ length: pairs }, (__, rank) => ((pattern >> rank) & 1 ? rank + 1 : -(rank + 1)))
      const { positive, negative } = signedRanks(signs)
      return Math.min(positive, negative)
    })
    for (const smaller of [0, 1, 3, 7, 20]) {
      const expected = sums.filter((sum) => sum <= smaller).length / sums.length
      expect(signedRankProbability(pairs, smaller)).toBeCloseTo(expected, 12)
    }
  }
})

test('intervalRank has the values of the published tables', () => {
  expect([5, 6, 8, 12, 16, 20].map((pairs) => intervalRank(pairs))).toEqual([null, 1, 4, 14, 30, 53])
  expect([8, 12, 16, 20].map((pairs) => intervalRank(pairs, 0.01))).toEqual([1, 8, 20, 38])
})
