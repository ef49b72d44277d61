import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canonicalJson } from '../../../plugins/isobench/src/domain/canonical-json.ts'
import { inOrder, readRecord } from '../../../plugins/isobench/src/domain/records.ts'
import { IsobenchError } from '../../../plugins/isobench/src/errors.ts'
import type { CommitRecord } from '../../../plugins/isobench/src/schema/record.ts'
import { sampleRecord, unmeasuredRecord } from '../../support/records.ts'

const textOf = (record: object, instanceId = (record as CommitRecord).instance_id) => ({
  instanceId,
  text: canonicalJson(record),
})

const readRecords = (texts: readonly { instanceId: string; text: string }[]): CommitRecord[] =>
  inOrder(texts.map(({ instanceId, text }) => readRecord(instanceId, text)))

/** The error that reading gives. */
function refusal(texts: { instanceId: string; text: string }[]): IsobenchError {
  try {
    readRecords(texts)
  } catch (error) {
    if (error instanceof IsobenchError) return error
    throw error
  }
  throw new Error('the records were accepted')
}

test('records come back by commit date, then id, whatever their order', () => {
  const old = sampleRecord('old', { commit_date: '2023-12-31T23:59:59Z', instance_id: 'z-1' })
  const b = sampleRecord('b', { instance_id: 'b-1' })
  const a = sampleRecord('a', { instance_id: 'a-1' })
  expect(readRecords([textOf(b), textOf(a), textOf(old)])).toEqual([old, a, b])
  expect(readRecords([textOf(old), textOf(b), textOf(a)])).toEqual([old, a, b])
})

test('every problem of every record is listed', () => {
  const good = sampleRecord('good')
  const error = refusal([
    textOf(good),
    {
      instanceId: 'nan-1',
      text: '{"schema_version": 1, "note": "NaN is \\"text\\" here", "a": NaN, "b": [-Infinity, Infinity]}',
    },
    { instanceId: 'cut-1', text: '{"schema_version": 1' },
    { instanceId: 'list-1', text: '[]' },
    { instanceId: 'null-1', text: 'null' },
    textOf({ ...good, schema_version: 2 }, 'future-1'),
    textOf({ ...good, verdict: 'great', surprise: 1, p_value: '0.1' }, 'odd-1'),
    textOf(good, 'other-1'),
    { instanceId: 'half-1', text: canonicalJson({ ...good, instance_id: 'half-1', claim: 'cut \ud83d' }) },
  ])
  expect(error.code).toBe('corrupt-artifact')
  expect(error.format()).toMatchInlineSnapshot(`
    "error: 8 problems with the records:
      nan-1: not JSON, which has no word for NaN and -Infinity and Infinity
      cut-1: not JSON: Expected ',' or '}' after property value in JSON at position 20 (line 1 column 21)
      list-1: schema_version is missing, and 1 is read here
      null-1: schema_version is missing, and 1 is read here
      future-1: schema_version is 2, and 1 is read here
      odd-1: \`p_value\`: Invalid input: expected number, received string; \`verdict\`: Invalid option: expected one of "improved"|"regressed"|"no-change"|"inconclusive"|"unmeasured"; Unrecognized key: "surprise"
      other-1: it says to be another commit: demo-fc19318d
      half-1: text with half a surrogate pair, which UTF-8 lacks

    hint: build the record again: npx nx run <commit>:assemble"
  `)
})

test('a failure never reads as a measurement, nor the reverse', () => {
  const measured = sampleRecord('a')
  const lost = unmeasuredRecord('b', { stage: 'run-gpu', reason: 'test-crashed' })
  const error = refusal([
    textOf({ ...measured, stage: 'run-gpu', reason: 'test-crashed', base_performance: [] }),
    textOf({ ...lost, performance_improvement: 0.5, head_performance: [1], verdict: 'improved' }),
  ])
  expect(error.message).toMatchInlineSnapshot(`
    "2 problems with the records:
      demo-86f7e437: \`stage\`: contradicts status \`measured\`; \`reason\`: contradicts status \`measured\`; \`base_performance\`: contradicts status \`measured\`
      demo-e9d71f5e: \`verdict\`: contradicts status \`unmeasured\`; \`head_performance\`: contradicts status \`unmeasured\`; \`performance_improvement\`: contradicts status \`unmeasured\`"
  `)
})

test('one id twice and one comparison twice are refused', () => {
  const record = sampleRecord('a')
  const again = { ...record, instance_id: 'demo-again' }
  const error = refusal([textOf(record), textOf(record), textOf(again), textOf(sampleRecord('b'))])
  expect(error.code).toBe('bad-input')
  expect(error.format()).toMatchInlineSnapshot(`
    "error: 2 problems with the records:
      demo-86f7e437: 2 records of this commit
      demo-86f7e437, demo-again: one comparison: demo f5c65ca3d409faa20d8657c8f0f14880dae513a9..86f7e437faa5a7fce15d1ddcb9eaeaea377667b8

    hint: name each commit once in dataset.yaml"
  `)
  expect(refusal([textOf(record), textOf(again)]).message).toMatch(
    /^record cannot be used: demo-\w+, demo-again: one comparison: demo /,
  )
})

test('many issues of one record are cut', () => {
  const error = refusal([{ instanceId: 'empty-1', text: '{"schema_version": 1}' }])
  expect(error.message).toMatch(/; and \d+ more$/)
})

const ancestor = join(import.meta.dirname, '../../../../shared/data/invalid-records')

if (!existsSync(ancestor)) console.log(`skipped: no records of the ancestor at ${ancestor}`)

test.skipIf(!existsSync(ancestor))('the records of the ancestor are refused, each by name', () => {
  const texts = readdirSync(ancestor).flatMap((file) =>
    readFileSync(join(ancestor, file), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((text, index) => ({ instanceId: `${file}:${index + 1}`, text })),
  )
  expect(texts.length).toBeGreaterThan(0)
  const error = refusal(texts)
  const lines = error.message.split('\n').slice(1)
  expect(lines.map((line) => line.trim().split(': ')[0])).toEqual(texts.map(({ instanceId }) => instanceId))
  const words = new Set(lines.map((line) => line.replace(/^.*?: /, '')))
  expect([...words]).toMatchInlineSnapshot(`
    [
      "not JSON, which has no word for Infinity and NaN",
      "not JSON, which has no word for Infinity",
    ]
  `)
})
