import { expect, test } from 'vitest'
import {
  ComparedRow,
  compareRows,
  comparisonMarkdown,
  explanations,
} from '../../../plugins/isobench/src/domain/dataset-comparison.ts'
import type { CommitRecord } from '../../../plugins/isobench/src/schema/record.ts'
import { digestOf } from '../../support/artifacts.ts'
import { sampleRecord, unmeasuredRecord } from '../../support/records.ts'

const row = (name: string, change: Partial<CommitRecord> = {}) => ComparedRow.parse(sampleRecord(name, change))
const effect = (name: string, estimate: number, low: number, high: number, change: Partial<CommitRecord> = {}) =>
  row(name, { performance_improvement: estimate, ci95: [low, high], ...change })
const ids = (rows: readonly { instance_id: string }[]) => rows.map(({ instance_id: id }) => id)

test('the same rows are as before', () => {
  const rows = [row('a'), row('b')]
  expect(compareRows(rows, rows)).toEqual({ added: [], removed: [], flipped: [], moved: [], unchanged: 2 })
})

test('rows that came and went, and verdicts that flipped', () => {
  const lost = ComparedRow.parse(unmeasuredRecord('b', { stage: 'run-gpu', reason: 'timed-out' }))
  const found = compareRows([row('a'), row('b')], [lost, row('c')])
  expect(ids(found.added)).toEqual(ids([row('c')]))
  expect(ids(found.removed)).toEqual(ids([row('a')]))
  expect(found.flipped).toEqual([{ before: row('b'), after: lost }])
  expect(found.moved).toEqual([])
  const text = comparisonMarkdown({ before: 'v1', after: 'out' }, found)
  expect(text).toContain(
    '1 row added, 1 removed, 1 verdict flipped, 0 effects moved beyond both intervals, 0 as before.',
  )
  expect(text).toMatch(/\| improved \+50\.0 % \([^|]*\) \| unmeasured: `timed-out` \| nothing recorded \|/)
})

test.each<[string, ComparedRow, ComparedRow, number]>([
  ['each estimate outside of the other interval', effect('a', 0.1, 0.08, 0.12), effect('a', 0.2, 0.18, 0.22), 1],
  ['only the new one outside', effect('a', 0.1, 0.08, 0.12), effect('a', 0.2, 0.05, 0.35), 0],
  ['only the old one outside', effect('a', 0.1, 0.05, 0.35), effect('a', 0.2, 0.18, 0.22), 0],
  ['on the very end of the interval', effect('a', 0.1, 0.08, 0.2), effect('a', 0.2, 0.18, 0.22), 0],
  ['without an interval', effect('a', 0.1, 0.08, 0.12), row('a', { performance_improvement: 0.2, ci95: null }), 0],
])('an effect has moved: %s', (_, before, after, moved) => {
  expect(compareRows([before], [after]).moved).toHaveLength(moved)
})

test('what may explain it is named', () => {
  const before = row('a')
  const sample = sampleRecord('a')
  const { base, head } = sample.environment
  const cases: [Partial<CommitRecord>, string[]][] = [
    [{}, []],
    [{ efficiency_test: 'print(1)' }, ['test']],
    [{ base_commit: 'f'.repeat(40) }, ['base commit']],
    [{ measurement: { ...sample.measurement, profile: 'rigorous', sandbox: 'docker:x' } }, ['profile', 'sandbox']],
    [
      { measurement: { ...sample.measurement, fingerprint: { ...sample.measurement.fingerprint!, cores: 96 } } },
      ['machine'],
    ],
    [{ environment: { ...sample.environment, head: { ...head!, lock_sha256: digestOf('new') } } }, ['dependencies']],
    [
      {
        environment: {
          ...sample.environment,
          base: { ...base!, lock_sha256: digestOf('new'), wheel_sha256: digestOf('w') },
        },
      },
      ['wheels'],
    ],
    [{ provenance: { ...sample.provenance, tool: 'nx-isobench 9.0.0' } }, ['tool']],
  ]
  for (const [change, names] of cases) expect(explanations({ before, after: row('a', change) })).toEqual(names)
})
