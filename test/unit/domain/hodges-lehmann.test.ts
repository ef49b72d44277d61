import { expect, test } from 'vitest'
import {
  hodgesLehmann,
  median,
  standardDeviation,
  walshAverages,
} from '../../../plugins/isobench/src/domain/hodges-lehmann.ts'

test('walshAverages are the averages of all pairs of values, in order', () => {
  expect(walshAverages([3, 1, 2])).toEqual([1, 1.5, 2, 2, 2.5, 3])
  expect(walshAverages([])).toEqual([])
})

test('the estimate is the median of the averages and ignores one wild value', () => {
  expect(hodgesLehmann(walshAverages([3, 1, 2]))).toBe(2)
  expect(hodgesLehmann(walshAverages([1, 2]))).toBe(1.5)
  expect(hodgesLehmann(walshAverages([1, 2, 3, 4, 1000]))).toBe(3)
})

test('median and standard deviation', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(() => median([])).toThrow(RangeError)
  expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(2.13809, 5)
  expect(standardDeviation([1])).toBeNull()
})
