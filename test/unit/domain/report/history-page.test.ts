import { expect, test } from 'vitest'
import { historyPage } from '../../../../plugins/isobench/src/domain/report/history-page.ts'
import { html } from '../../../../plugins/isobench/src/domain/report/markup.ts'
import type { CommitRecord } from '../../../../plugins/isobench/src/schema/record.ts'
import { sampleRecord } from '../../../support/records.ts'
import { chainRecords, steppedSeconds } from '../../../support/series.ts'

const page = (records: readonly CommitRecord[]): string => html`${historyPage(records)}`.text
const seconds = steppedSeconds([
  { count: 12, seconds: 0.1 },
  { count: 12, seconds: 0.12 },
])

test('a series shows each commit, and the first commit of a new level', () => {
  const records = chainRecords(seconds)
  const text = page(records)
  expect(text).toContain('1 series')
  expect(text).toContain('24 commits, from')
  const { instance_id: id } = records[11]!
  expect(text).toMatch(new RegExp(`<a href="commits/${id}.html">${id}</a> −\\d\\d\\.\\d % \\(p = 0\\.0\\d+\\)`))
  expect(text).toContain('<g class="verdict-regressed"><path class="mark"')
})

test('a change between two environments of one commit is not blamed on the commit', () => {
  const records = chainRecords([...seconds.slice(0, 12), ...seconds.slice(11)])
  const odd = records.map((record, index) =>
    index < 11 ? record : { ...record, base_commit: index === 11 ? records[10]!.head_commit : record.base_commit },
  )
  const again = odd.filter((_, index) => index !== 11)
  const joint = { ...odd[12]!, base_commit: records[10]!.head_commit, base_performance: [0.12, 0.12, 0.12] }
  const text = page(again.map((record) => (record.instance_id === joint.instance_id ? joint : record)))
  expect(text).toContain(', by other dependencies')
})

test('without a series the page says so', () => {
  expect(page([sampleRecord('alone')])).toContain('No test measured more than one commit on the same machine.')
})
