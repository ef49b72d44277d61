import { expect, test } from 'vitest'
import { canonicalJsonLine } from '../../../../plugins/isobench/src/domain/canonical-json.ts'
import { changesSince, parseEarlier } from '../../../../plugins/isobench/src/domain/report/changes.ts'
import { sampleRecord } from '../../../support/records.ts'

const [one, two, three] = [sampleRecord('one'), sampleRecord('two'), sampleRecord('three')]
const lines = (records: readonly unknown[]): string =>
  records.map((record) => `${canonicalJsonLine(record)}\n`).join('')

test('commits that came, went, or have another verdict are told apart', () => {
  const earlier = parseEarlier(
    lines([{ ...one, verdict: 'inconclusive' }, two, { ...three, schema_version: 0 }]),
    'earlier.jsonl',
  )
  const { added, removed, changed } = changesSince(earlier, [one, two, sampleRecord('four')])
  expect(added.map(({ instance_id }) => instance_id)).toEqual([sampleRecord('four').instance_id])
  expect(removed.map(({ instance_id }) => instance_id)).toEqual([three.instance_id])
  expect(changed.map(({ before, now }) => [before.verdict, now.verdict])).toEqual([['inconclusive', 'improved']])
})

test('a line that is no record is named', () => {
  expect(() => parseEarlier(`${lines([one])}{"verdict": "fast"}\n`, 'datasets/demo/earlier.jsonl')).toThrow(
    'not a record: datasets/demo/earlier.jsonl:2',
  )
})
