import { expect, test } from 'vitest'
import { detectableDeviations } from '../../../plugins/isobench/src/domain/power.ts'

test('detectableDeviations has the simulated values and falls in between', () => {
  expect([8, 12, 16, 20, 40].map((pairs) => detectableDeviations(pairs))).toEqual([
    expect.closeTo(1.91, 10),
    expect.closeTo(1.26, 10),
    expect.closeTo(1.03, 10),
    expect.closeTo(0.89, 10),
    expect.closeTo(0.59, 10),
  ])
  const all = Array.from({ length: 33 }, (_, index) => detectableDeviations(index + 8)!)
  expect(all.toSorted((a, b) => b - a)).toEqual(all)
})

test('there is none below 8 pairs', () => {
  expect(detectableDeviations(7)).toBeNull()
})
