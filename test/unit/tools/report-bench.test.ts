import { expect, test } from 'vitest'
import { reportOf500 } from '../../../tools/bench/report.ts'

test('the benchmark of the report builds all of its files and has a goal', () => {
  const { name, unit, goal, value, peers } = reportOf500()
  expect({ name, unit, goal, files: peers['files'] }).toEqual({
    name: 'report of 500 commits',
    unit: 's',
    goal: '<= 3',
    files: 505,
  })
  expect(value).toBeGreaterThan(0)
})
