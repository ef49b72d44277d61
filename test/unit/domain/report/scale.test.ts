import { expect, test } from 'vitest'
import { improvementScale, linearScale } from '../../../../plugins/isobench/src/domain/report/scale.ts'

test('an even axis has round ticks within its ends', () => {
  const { at, ticks } = linearScale([0.0312, 0.0498], [0, 100], 5)
  expect(ticks).toEqual([0.035, 0.04, 0.045, 0.05])
  expect(at(0.0405)).toBeCloseTo(50)
})

test.each([[[3]], [[0]], [[1e-9, 1e-9]]])('an axis of the same value %j has it in the middle', (values) => {
  expect(linearScale(values, [0, 100], 5).at(values[0]!)).toBeCloseTo(50)
})

test('half the time and double the time are equally far from no change', () => {
  const { at } = improvementScale([0.5, -1], [0, 100], 10)
  expect(at(0)).toBeCloseTo(50)
  expect(at(0.5) - at(0)).toBeCloseTo(at(0) - at(-1))
})

test('no change is always on it, and ticks keep their distance', () => {
  const { at, ticks } = improvementScale([0.936, -4.49, 0.2], [0, 600], 58)
  expect(ticks).toMatchInlineSnapshot(`
    [
      -3,
      -1,
      0,
      0.5,
      0.8,
      0.9,
    ]
  `)
  for (const [index, tick] of ticks.entries()) {
    if (index > 0) expect(at(tick) - at(ticks[index - 1]!)).toBeGreaterThanOrEqual(58)
  }
})

test('an improvement that no time can have stands at the end of the axis', () => {
  expect(improvementScale([0.5, -0.5], [0, 100], 10).at(1.5)).toBe(100)
})
