import padjust from '@stdlib/stats-padjust'
import wilcoxon from '@stdlib/stats-wilcoxon'
import { describe, expect, test } from 'vitest'
import { benjaminiHochberg, holm } from '../../../plugins/isobench/src/domain/multiplicity.ts'
import { signedRankProbability, signedRanks } from '../../../plugins/isobench/src/domain/signed-rank.ts'
import { normalNumbers, randomNumbers } from '../../support/runs.ts'

/** Our statistics beside those of stdlib, which share no line with them. */
const random = randomNumbers(1936)
const normal = normalNumbers(1945)
const samples = Array.from({ length: 1000 }, () => {
  const centre = random() < 0.5 ? 0 : normal()
  return Array.from({ length: 2 + Math.floor(39 * random()) }, () => centre + normal())
})
const smaller = (sample: readonly number[]) => {
  const { positive, negative } = signedRanks(sample)
  return Math.min(positive, negative)
}

describe('signed rank', () => {
  test('without ties and zeros, statistic and exact p value are the same', () => {
    const probabilities = samples.map((sample) => {
      const { statistic, pValue } = wilcoxon(sample, { exact: true })
      expect(signedRanks(sample).positive).toBe(statistic)
      // At W+ = W−, twice the tail is above one: they leave it there, we do not.
      const expected = Math.min(1, pValue)
      expect(signedRankProbability(sample.length, smaller(sample))).toBeCloseTo(expected, 9)
      return expected
    })
    expect(probabilities.filter((p) => p < 0.05).length).toBeGreaterThan(100)
    expect(probabilities.filter((p) => p > 0.05).length).toBeGreaterThan(100)
  })

  test('where tied values have one sign, the statistic is the same; they approximate the p value, we stay exact', () => {
    for (const sample of samples) {
      const tied = sample.map((value) => Math.sign(value) * (Math.ceil(4 * Math.abs(value)) + (value > 0 ? 0.5 : 0)))
      const { statistic } = wilcoxon(tied)
      expect(signedRanks(tied)).toEqual({
        positive: statistic,
        negative: (tied.length * (tied.length + 1)) / 2 - statistic,
      })
    }
  })

  test('mixed ties and zeros differ: they give each side half of what is in doubt, we count all of it against a finding', () => {
    let differing = 0
    for (const sample of samples) {
      const rounded = sample.map((value) => Math.round(2 * value))
      if (rounded.every((value) => value === 0)) continue
      const { statistic } = wilcoxon(rounded, { zeroMethod: 'zsplit' })
      const rest = (rounded.length * (rounded.length + 1)) / 2 - statistic
      const { positive, negative } = signedRanks(rounded)
      expect(positive).toBeGreaterThanOrEqual(statistic)
      expect(negative).toBeGreaterThanOrEqual(rest)
      expect(smaller(rounded)).toBeGreaterThanOrEqual(Math.min(statistic, rest))
      if (positive > statistic) differing++
    }
    expect(differing).toBeGreaterThan(500)
  })
})

/** 1,000 families of 1 to 40 p values, a third of them with ties, zeros and ones among them. */
const families = Array.from({ length: 1000 }, () => {
  const rounded = random() < 1 / 3
  return Array.from({ length: 1 + Math.floor(40 * random()) }, () => random() ** 3).map((value) =>
    rounded ? Math.round(20 * value) / 20 : value,
  )
})

test.each([
  ['bh', benjaminiHochberg],
  ['holm', holm],
] as const)('p values adjusted by %s are the same', (method, adjust) => {
  for (const family of families) {
    const expected = padjust([...family], method)
    const actual = adjust(family)
    expect(actual).toHaveLength(family.length)
    for (const [index, value] of actual.entries()) expect(value).toBeCloseTo(expected[index]!, 12)
  }
})
