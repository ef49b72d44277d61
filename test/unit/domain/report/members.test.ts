import { expect, test } from 'vitest'
import { readMembers } from '../../../../plugins/isobench/src/domain/report/members.ts'
import { lostMember, measuredMember } from '../../../support/report.ts'

const member = measuredMember('a', [-0.3, -0.31, -0.29, -0.3, -0.3, -0.3, -0.3, -0.3])

test('members come in the order of the dataset with what was measured', () => {
  const members = readMembers([member, lostMember('b')])
  expect(members.map(({ record, runs }) => [record.verdict, runs.length])).toEqual([
    ['improved', 20],
    ['unmeasured', 0],
  ])
})

test.each([
  ['analysis.json', { analysis: member.analysis.replace('Make parsing', 'Made parsing') }],
  ['measurement.json', { measurement: lostMember('b').measurement }],
  ['runs.jsonl', { runs: member.runs.split('\n').slice(1).join('\n') }],
])('%s of another measurement is refused', (file, other) => {
  expect(() => readMembers([{ ...member, ...other }])).toThrow(
    `${file} is not the one that the record was made from: ${member.instanceId}`,
  )
})

test('a record with figures that its measurement does not give is refused', () => {
  const edited = member.record.replace('"verdict": "improved"', '"verdict": "regressed"')
  expect(edited).not.toBe(member.record)
  expect(() => readMembers([{ ...member, record: edited }])).toThrow(
    `measurement.json does not give \`verdict\` of the record: ${member.instanceId}`,
  )
})
