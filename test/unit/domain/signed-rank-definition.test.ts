import { expect, test } from 'vitest'
import { hodgesLehmann, walshAverages } from '../../../plugins/isobench/src/domain/hodges-lehmann.ts'
import { intervalRank, signedRankProbability, signedRanks } from '../../../plugins/isobench/src/domain/signed-rank.ts'
import { normalNumbers, randomNumbers } from '../../support/runs.ts'

/** Signed-rank statistics by other definitions than the ones in use, on 1,000 random samples of 1 to 12 values. */
const random = randomNumbers(1945)
const normal = normalNumbers(1963)
const samples = Array.from({ length: 1000 }, () => {
  const centre = 2 * normal()
  return Array.from({ length: 1 + Math.floor(12 * random()) }, () => centre + normal() * (random() < 0.1 ? 8 : 1))
})

test('the rank sums are the numbers of positive and of negative Walsh averages', () => {
  for (const sample of samples) expect(signedRanks(sample)).toEqual(countedSums(sample))
})

test('the p value is the share of all sign patterns that are as extreme', () => {
  for (const sample of samples) {
    expect(signedRankProbability(sample.length, smaller(signedRanks(sample)))).toBeCloseTo(enumerated(sample), 12)
  }
})

test('the estimate is where as many Walsh averages lie below as above', () => {
  for (const sample of samples) {
    const { positive, negative } = countedSums(shifted(sample, hodgesLehmann(walshAverages(sample))))
    expect(Math.abs(positive - negative)).toBeLessThanOrEqual(1)
  }
})

test('the interval is every centre that the test does not reject at 5 %', () => {
  for (const sample of samples) {
    const averages = walshAverages(sample)
    const rank = intervalRank(sample.length)
    if (rank === null) {
      expect(enumerated(shifted(sample, averages[0]! - 1))).toBeGreaterThan(0.05)
      continue
    }
    const [low, high] = [averages[rank - 1]!, averages.at(-rank)!]
    const step = 1e-9
    for (const inside of [low + step, high - step]) expect(enumerated(shifted(sample, inside))).toBeGreaterThan(0.05)
    for (const outside of [low - step, high + step]) {
      expect(enumerated(shifted(sample, outside))).toBeLessThanOrEqual(0.05)
    }
  }
})

function shifted(sample: readonly number[], centre: number): number[] {
  return sample.map((value) => value - centre)
}

function smaller({ positive, negative }: { positive: number; negative: number }): number {
  return Math.min(positive, negative)
}

function countedSums(sample: readonly number[]): { positive: number; negative: number } {
  const sums = { positive: 0, negative: 0 }
  for (const [index, value] of sample.entries()) {
    for (const other of sample.slice(index)) {
      if (value + other > 0) sums.positive++
      if (value + other < 0) sums.negative++
    }
  }
  return sums
}

const sumsOfPatterns = Array.from({ length: 13 }, (_, count) =>
  Array.from({ length: 2 ** count }, (__, pattern) => {
    let positive = 0
    for (let rank = 1; rank <= count; rank++) positive += ((pattern >> (rank - 1)) & 1) * rank
    return Math.min(positive, (count * (count + 1)) / 2 - positive)
  }),
)

function enumerated(sample: readonly number[]): number {
  const patterns = sumsOfPatterns[sample.length]!
  const observed = smaller(countedSums(sample))
  return patterns.filter((sum) => sum <= observed).length / patterns.length
}
