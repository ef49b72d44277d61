import { expect, test } from 'vitest'
import { effectOf, improvementOf } from '../../../plugins/isobench/src/domain/effect.ts'

const halved = [-0.7, -0.68, -0.71, -0.69, -0.7, -0.72, -0.69, -0.7]

test('an improvement is a share of base, in the direction that is better', () => {
  const effect = effectOf(halved)
  expect(effect.estimate).toBeCloseTo(-0.7, 10)
  const { improvement, ci95 } = improvementOf(effect, 'lower')
  expect(improvement).toBeCloseTo(1 - Math.exp(-0.7), 10)
  expect(ci95![0]).toBeLessThan(improvement)
  expect(ci95![1]).toBeGreaterThan(improvement)
  const higher = improvementOf(effect, 'higher')
  expect(higher.improvement).toBeCloseTo(Math.exp(-0.7) - 1, 10)
  expect(higher.ci95![0]).toBeLessThan(higher.improvement)
  expect(higher.ci95![1]).toBeGreaterThan(higher.improvement)
})

test('below six values there is no interval of 95 %', () => {
  expect(effectOf(halved.slice(0, 5)).interval).toBeNull()
  expect(improvementOf(effectOf([0.1]), 'lower').ci95).toBeNull()
  expect(effectOf(halved.slice(0, 6)).interval).toEqual([-0.72, -0.68])
})
