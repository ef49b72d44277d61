import { expect, test } from 'vitest'
import { binomialAtMost, upperBoundOfChance } from '../../../plugins/isobench/src/domain/binomial.ts'

test('binomialAtMost sums the probabilities of all outcomes', () => {
  for (const trials of [1, 2, 5, 10]) {
    for (const chance of [0.01, 0.3, 0.5, 0.9]) {
      for (let successes = 0; successes <= trials; successes++) {
        expect(binomialAtMost(successes, trials, chance)).toBeCloseTo(enumerated(successes, trials, chance), 12)
      }
    }
  }
  expect([binomialAtMost(0, 3, 0), binomialAtMost(2, 3, 1), binomialAtMost(3, 3, 1)]).toEqual([1, 0, 1])
})

test('at the bound, so few successes have a chance of 5 %', () => {
  for (const [successes, trials] of [
    [0, 1],
    [0, 59],
    [1, 10],
    [3, 200],
    [40, 5000],
  ] as const) {
    const bound = upperBoundOfChance(successes, trials, 0.95)
    expect(binomialAtMost(successes, trials, bound)).toBeCloseTo(0.05, 9)
  }
})

test('the bound has the values of published tables', () => {
  // Clopper and Pearson (1934), one side of 95 %; without a success it is 1 − 0.05^(1/n), about 3/n.
  expect(upperBoundOfChance(0, 10, 0.95)).toBeCloseTo(0.2589, 4)
  expect(upperBoundOfChance(1, 10, 0.95)).toBeCloseTo(0.3942, 4)
  expect(upperBoundOfChance(5, 10, 0.95)).toBeCloseTo(0.7776, 4)
  expect(upperBoundOfChance(0, 300, 0.95)).toBeCloseTo(1 - 0.05 ** (1 / 300), 12)
  expect(upperBoundOfChance(4, 4, 0.95)).toBe(1)
})

function enumerated(successes: number, trials: number, chance: number): number {
  let sum = 0
  for (let outcome = 0; outcome < 2 ** trials; outcome++) {
    const count = outcome.toString(2).replaceAll('0', '').length
    if (count <= successes) sum += chance ** count * (1 - chance) ** (trials - count)
  }
  return sum
}
