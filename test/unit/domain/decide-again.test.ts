import { expect, test } from 'vitest'
import { decideAgain, rawRecords } from '../../support/raw-records.ts'

test('1,000 records are decided again from their raw runs, byte for byte', () => {
  const records = rawRecords(1000, 8)
  const first = records.map(decideAgain)
  const again = records
    .toReversed()
    .map((record) => decideAgain(structuredClone(record)))
    .toReversed()
  expect(again).toEqual(first)
  expect(new Set(first).size).toBe(1000)
})
