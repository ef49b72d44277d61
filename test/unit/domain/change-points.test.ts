import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { changePoints } from '../../../plugins/isobench/src/domain/change-points.ts'
import { type Split, bestSplit } from '../../../plugins/isobench/src/domain/energy-statistic.ts'
import { noisyLevels, steppedSeries } from '../../support/noisy-series.ts'

const places = (values: readonly number[], seed = 'test') => changePoints(values, seed).map(({ at }) => at)
const series = (count: number, of: (seed: number) => number[]) => Array.from({ length: count }, (_, seed) => of(seed))
const noise = (seed: number, count: number) => noisyLevels(seed, [{ count, level: 0 }], 0.01)
const step = (seed: number, before: number, after: number, size: number) =>
  noisyLevels(
    seed,
    [
      { count: before, level: 0 },
      { count: after, level: size },
    ],
    0.01,
  )

const isNear = (at: number, others: readonly number[]) => others.some((other) => Math.abs(at - other) <= 1)

const distances = (a: readonly number[], b: readonly number[]) =>
  a.flatMap((one) => b.map((other) => Math.abs(one - other))).reduce((total, each) => total + each, 0)

/** The statistic of one split, as the paper writes it. */
function byDefinition(values: readonly number[], at: number): number {
  const [x, y] = [values.slice(0, at), values.slice(at)]
  const [m, n] = [x.length, y.length]
  const within = (part: readonly number[]) => distances(part, part) / 2 / ((part.length * (part.length - 1)) / 2)
  return ((m * n) / (m + n)) * ((2 / (m * n)) * distances(x, y) - within(x) - within(y))
}

describe('the energy statistic', () => {
  test('is that of the paper, for parts to the last value and to any, also with ties', () => {
    for (const stepped of series(30, steppedSeries)) {
      const values = stepped.slice(0, 40).map((value) => Math.round(value * 200) / 200)
      const ends = values.slice(3).map((_, index) => index + 4)
      const best = (of: readonly number[]) =>
        Math.max(...of.flatMap((end) => ends.slice(0, end - 3).map((at) => byDefinition(values.slice(0, end), at - 2))))
      const last = bestSplit(Float64Array.from(values), 'last')
      expect(last.statistic).toBeCloseTo(best([values.length]), 10)
      expect(byDefinition(values, last.at)).toBeCloseTo(last.statistic, 10)
      expect(bestSplit(Float64Array.from(values), 'any').statistic).toBeCloseTo(best(ends), 10)
    }
  })
})

describe('beside others, asked once by hand', () => {
  // Statistics and splits: PairDistanceCalculator of apache-otava 0.8.0, parts of two and more. Change points: e_divisive
  // of signal-processing-algorithms 2.1.6 (MongoDB) at 0.01 with 999 permutations, whose statistic is the biased one.
  const file = join(import.meta.dirname, '../../support/corpus/change-points.json')
  const answers: { count: number; last: Split; any: Split; changePoints: number[] }[] = JSON.parse(
    readFileSync(file, 'utf8'),
  )

  test('statistics and best splits are those of Otava', () => {
    expect(answers).toHaveLength(40)
    for (const [seed, answer] of answers.entries()) {
      const values = Float64Array.from(steppedSeries(seed))
      expect(values).toHaveLength(answer.count)
      for (const end of ['last', 'any'] as const) {
        const { at, statistic } = bestSplit(values, end)
        expect(at).toBe(answer[end].at)
        expect(statistic).toBeCloseTo(answer[end].statistic, 10)
      }
    }
  })

  test('change points are those of MongoDB, but for a few of chance', () => {
    const same = answers.filter(({ changePoints: theirs }, seed) => {
      const ours = places(steppedSeries(seed))
      return ours.length === theirs.length && ours.every((at) => isNear(at, theirs))
    })
    expect(answers.flatMap(({ changePoints: theirs }) => theirs).length).toBeGreaterThan(30)
    expect(same.length).toBeGreaterThanOrEqual(37)
  })
})

describe('simulated series with noise of 1 %', () => {
  test.each([5, 12, 20, 40, 100])('%i points without a change: at most 2 % have one', (count) => {
    const wrong = series(500, (seed) => noise(seed + 1000 * count, count)).filter((values) => places(values).length > 0)
    expect(wrong.length).toBeLessThanOrEqual(10)
  })

  test('a step of 5 % is found in 20 + 20 points, at its place', () => {
    const found = series(100, (seed) => step(seed, 20, 20, 0.05)).map((values) => places(values))
    expect(found.filter(([at]) => at !== undefined)).toHaveLength(100)
    expect(found.filter((all) => all.includes(20)).length).toBeGreaterThanOrEqual(95)
    expect(found.filter((all) => all.length > 1).length).toBeLessThanOrEqual(8)
  })

  test('what two new points can show, they show', () => {
    const found = series(100, (seed) => step(seed, 30, 2, 0.05)).filter((values) => places(values).includes(30))
    expect(found.length).toBeGreaterThanOrEqual(80)
  })

  test('a step in ten points cannot count, however large, and one in twelve can', () => {
    expect(places(step(1, 5, 5, 1))).toEqual([])
    expect(places(step(1, 6, 6, 1))).toEqual([6])
  })

  test('a change that was taken back is not covered up', () => {
    const levels = [0, 0.05, 0].map((level) => ({ count: 15, level }))
    const found = series(50, (seed) => noisyLevels(seed, levels, 0.01)).map((values) => places(values))
    expect(found.filter(([up, down]) => up === 15 && down === 30).length).toBeGreaterThanOrEqual(40)
  })

  test('a long series, whose stretches are looked at one after the other', () => {
    const levels = [0, 0.05, 0.02, 0.08].map((level, index) => ({ count: 100 + 150 * index, level }))
    const found = places(noisyLevels(4, levels, 0.01))
    expect([100, 350, 750].filter((at) => isNear(at, found))).toHaveLength(3)
    expect(found.length).toBeLessThanOrEqual(4)
  })
})

describe('the same series, the same answer', () => {
  test('equal seeds give equal probabilities, and neither unit nor level of the values matters', () => {
    const values = step(5, 12, 12, 0.02)
    expect(changePoints(values, 'a')).toEqual(changePoints(values, 'a'))
    expect(places(values.map((value) => 3 + 8 * value))).toEqual(places(values))
  })

  test.each([[[]], [[1]], [[1, 2, 3]], [Array.from({ length: 50 }, () => 1)]])(
    'nothing to split: %j',
    (values: number[]) => {
      expect(changePoints(values, 'none')).toEqual([])
    },
  )
})
