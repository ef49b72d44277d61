import { expect, test } from 'vitest'
import { rowGroups } from '../../../plugins/isobench/src/domain/row-groups.ts'

const row = (name: string) => ({ instance_id: name })
const thousands = Array.from({ length: 5000 }, (_, index) => row(`demo-${index}`))
const ends = (rows: readonly { instance_id: string }[]): string[] =>
  [...rowGroups(rows)].map((group) => group.at(-1)!.instance_id)

test('all rows are there once, in order, in groups of 20 to 400', () => {
  const groups = [...rowGroups(thousands)]
  expect(groups.flat()).toEqual(thousands)
  const sizes = groups.slice(0, -1).map((group) => group.length)
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(20)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(400)
  expect(5000 / groups.length).toBeGreaterThan(60)
  expect(5000 / groups.length).toBeLessThan(140)
})

test('a row inserted near the top, edited or appended moves few boundaries', () => {
  const before = ends(thousands)
  const inserted = ends([...thousands.slice(0, 5), row('new'), ...thousands.slice(5)])
  expect(before.filter((end) => !inserted.includes(end)).length).toBeLessThanOrEqual(2)
  expect(ends([...thousands, row('new')]).slice(0, -1)).toEqual(before.slice(0, -1))
})

test('no row gives no group, and few rows give one', () => {
  expect([...rowGroups([])]).toEqual([])
  expect([...rowGroups([row('a'), row('b')])]).toEqual([[row('a'), row('b')]])
})

test('a group never grows past the maximum', () => {
  const sizes = [...rowGroups(thousands.slice(0, 10), { modulus: 2 ** 31, minimumRows: 1, maximumRows: 4 })].map(
    (group) => group.length,
  )
  expect(sizes).toEqual([4, 4, 2])
})
