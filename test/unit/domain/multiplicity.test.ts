import { describe, expect, test } from 'vitest'
import { benjaminiHochberg, holm } from '../../../plugins/isobench/src/domain/multiplicity.ts'
import { randomNumbers } from '../../support/runs.ts'

const random = randomNumbers(1995)
/** 1,000 families of 1 to 9 p values, a third of them with ties. */
const families = Array.from({ length: 1000 }, () =>
  Array.from({ length: 1 + Math.floor(9 * random()) }, () => random() ** 3).map((value, _, all) =>
    all[0]! < 0.04 ? Math.round(value * 8) / 8 : value,
  ),
)

describe('benjaminiHochberg', () => {
  test('is the smallest rate at which the procedure of the paper rejects', () => {
    for (const family of families) expectClose(benjaminiHochberg(family), family.map(smallestRate(family)))
  })

  test('has the values of a worked example', () => {
    expectClose(benjaminiHochberg([0.01, 0.02, 0.03, 0.04]), [0.04, 0.04, 0.04, 0.04])
    expectClose(benjaminiHochberg([0.5, 0.001, 0.03]), [0.5, 0.003, 0.045])
    expect(benjaminiHochberg([])).toEqual([])
  })
})

describe('holm', () => {
  test('is the closed test of Bonferroni: every set that holds the hypothesis must reject', () => {
    for (const family of families) expectClose(holm(family), family.map(closedTest(family)))
  })

  test('has the values of a worked example', () => {
    expectClose(holm([0.04, 0.01, 0.03]), [0.06, 0.03, 0.06])
    expect(holm([0.9, 0.8])).toEqual([1, 1])
    expect(holm([])).toEqual([])
  })
})

/** Tries every rate that could be the smallest: rejects the k smallest for the largest k with p(k) <= rate k / m. */
function smallestRate(family: readonly number[]) {
  const sorted = family.toSorted((a, b) => a - b)
  const rates = [...family.flatMap((value) => sorted.map((_, index) => (value * family.length) / (index + 1))), 1]
  return (value: number): number =>
    Math.min(
      ...rates.filter((rate) => {
        const last = sorted.findLast((each, index) => each <= (rate * (index + 1)) / family.length + 1e-12)
        return last !== undefined && value <= last
      }),
    )
}

function closedTest(family: readonly number[]) {
  return (_: number, own: number): number => {
    const sets = Array.from({ length: 2 ** family.length }, (__, bits) =>
      family.filter((___, index) => index === own || (bits >> index) & 1),
    )
    return Math.max(...sets.map((set) => Math.min(1, set.length * Math.min(...set))))
  }
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length)
  for (const [index, value] of expected.entries()) expect(actual[index]).toBeCloseTo(value, 10)
}
