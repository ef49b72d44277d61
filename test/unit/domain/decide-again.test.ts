import { expect, test } from 'vitest'
import { canonicalJson } from '../../../plugins/isobench/src/domain/canonical-json.ts'
import { decide } from '../../../plugins/isobench/src/domain/decision.ts'
import { parseRuns } from '../../../plugins/isobench/src/domain/runs.ts'
import { rawRecords } from '../../support/raw-records.ts'

test('1,000 records are decided again from their raw runs, byte for byte', () => {
  const records = rawRecords(1000, 8)
  const first = records.map(({ plan, runs }) => canonicalJson(decide(plan, parseRuns(runs))))
  const again = records
    .toReversed()
    .map(({ plan, runs }) => canonicalJson(decide(structuredClone(plan), parseRuns(runs))))
    .toReversed()
  expect(again).toEqual(first)
  expect(new Set(first).size).toBe(1000)
})
