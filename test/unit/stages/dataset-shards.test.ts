import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { canonicalJson } from '../../../plugins/isobench/src/domain/canonical-json.ts'
import { generationSection } from '../../../plugins/isobench/src/domain/record-sections.ts'
import type { SampleRow } from '../../../plugins/isobench/src/schema/dataset-rows.ts'
import { DatasetSettings } from '../../../plugins/isobench/src/schema/dataset-settings.ts'
import { failed, skipped } from '../../../plugins/isobench/src/schema/outcome.ts'
import type { MemberSource } from '../../../plugins/isobench/src/stages/dataset-members.ts'
import { digestOf, emptyMeasurement, modelGeneration, sampleMeasurement } from '../../support/artifacts.ts'
import { assembled, sampleMember, sourceOf } from '../../support/dataset-members.ts'
import { asJson, queryParquet } from '../../support/duckdb.ts'
import { sampleRecord } from '../../support/records.ts'
import { trialRun } from '../../support/trial-run.ts'

const { outcome, decision } = sampleMeasurement()
const control = { kind: 'blind' as const, outcome, decision, plan_sha256: digestOf('control') }
const record = sampleRecord('one', { generation_config: generationSection(modelGeneration()), claim: 'faster' })
/** One process of each kind; those of another session are not in the dataset. */
const member = sampleMember(
  record,
  [
    trialRun('base', { purpose: 'coverage' }),
    trialRun('base', { purpose: 'burn-in', index: 1 }),
    trialRun('base', { purpose: 'pair', pair: 0, index: 2, metrics: { tokens: { value: 5, better: 'higher' } } }),
    trialRun('head', { purpose: 'pair', pair: 0, index: 3, seconds: null, result: 'timed-out', excluded: 'throttled' }),
    trialRun('base', { purpose: 'pair', pair: 0, plan_sha256: digestOf('other session') }),
    trialRun('head', { purpose: 'pair', pair: 0, plan_sha256: digestOf('control') }),
  ],
  { controls: [control] },
)

const built = (members: readonly MemberSource[]): ReturnType<typeof assembled> =>
  assembled({
    name: 'demo',
    settings: DatasetSettings.parse({ commits: ['demo'] }),
    template: '# Demo\n',
    members,
    tool: 'nx-isobench 0.1.0',
  })

test('samples are the timed processes of the commit and of its controls', async () => {
  const files = await built([member.source])
  const samples = asJson(await queryParquet(files.get('samples/test-00000-of-00001.parquet')!)) as SampleRow[]
  expect(samples.map((row) => [row.instance_id, row.comparison, row.purpose, row.side, row.index])).toEqual([
    [record.instance_id, 'commit', 'burn-in', 'base', 1],
    [record.instance_id, 'commit', 'pair', 'base', 2],
    [record.instance_id, 'commit', 'pair', 'head', 3],
    [record.instance_id, 'blind', 'pair', 'head', 0],
  ])
  expect(samples[1]!.metrics).toEqual([{ name: 'tokens', value: 5, better: 'higher' }])
  expect(samples[2]).toMatchObject({ result: 'timed-out', excluded: 'throttled', seconds: null })
})

test('attempts are the model calls', async () => {
  const files = await built([member.source])
  const rows = asJson(await queryParquet(files.get('attempts/test-00000-of-00001.parquet')!))
  const { provider, model, attempts } = record.generation_config
  const [attempt] = attempts
  expect(rows).toEqual([{ instance_id: record.instance_id, attempt: 1, provider, model, ...attempt }])
})

test('a table without a row has no file', async () => {
  const files = await built([sampleMember(sampleRecord('none')).source])
  expect([...files.keys()].filter((path) => path.endsWith('.parquet'))).toEqual(['data/test-00000-of-00001.parquet'])
})

test('artifacts that are not those of the record are refused', async () => {
  const { source } = member
  const measured = (await source.measured())!
  for (const [other, message] of [
    [null, 'runs.jsonl is missing, and the record was decided by it'],
    [{ ...measured, runs: `${measured.runs}{}\n` }, 'runs.jsonl is not that of the record'],
    [{ ...measured, measurement: '{}' }, 'measurement.json is not that of the record'],
  ] as const) {
    await expect(built([sourceOf(record.instance_id, await source.record(), other)])).rejects.toThrow(message)
  }
})

test('a record with figures that its measurement does not give is refused', async () => {
  const { source } = member
  const text = await source.record()
  for (const [from, to, path] of [
    ['"performance_improvement": 0.5', '"performance_improvement": 0.6', 'performance_improvement'],
    ['"verdict": "improved"', '"verdict": "regressed"', 'measurement.controls.0.verdict'],
    ['"noise_floor": 0.004', '"noise_floor": 0.001', 'measurement.noise_floor'],
  ] as const) {
    const edited = text.replace(from, to)
    expect(edited).not.toBe(text)
    const given = sourceOf(record.instance_id, edited, await source.measured())
    const message = `${record.instance_id}: measurement.json does not give \`${path}\``
    await expect(built([given])).rejects.toThrow(message)
  }
})

test('a record that says it was measured where nothing was run is refused', async () => {
  const measurement = canonicalJson(emptyMeasurement(skipped(failed('wheel-missing', 'no wheel', 'head'))))
  const provenance = { ...record.provenance, measurement_sha256: digestOf(measurement), runs_sha256: null }
  const given = sourceOf(record.instance_id, canonicalJson({ ...record, provenance }), { measurement, runs: '' })
  await expect(built([given])).rejects.toThrow('measurement.json does not give `base_performance.0`')
})

test('a record that changes while the dataset is built stops it', async () => {
  let reads = 0
  const text = await member.source.record()
  const changing = { ...member.source, record: async () => (++reads === 1 ? text : text.replace('faster', 'slower')) }
  await expect(built([changing])).rejects.toThrow(`changed while the dataset was built: ${record.instance_id}`)
})

async function shardDigests(members: readonly MemberSource[]): Promise<string[]> {
  const shards = [...(await built(members))].filter(([path]) => path.startsWith('data/'))
  return shards.map(([, bytes]) => createHash('sha256').update(bytes).digest('hex'))
}

function added(date: string): MemberSource {
  return sampleMember(sampleRecord('new', { commit_date: date })).source
}

test('of hundreds of commits an edited, an appended and an inserted one change one or two files', async () => {
  const many = Array.from({ length: 700 }, (_, index) =>
    sampleMember(sampleRecord(`m${index}`, { commit_date: `20${10 + Math.floor(index / 50)}-01-01T00:00:00Z` })),
  )
  const sources = many.map(({ source }) => source)
  const before = await shardDigests(sources)
  expect(before.length).toBeGreaterThan(3)
  const edited = sampleMember({ ...many[300]!.record, claim: 'edited' }).source
  for (const after of [
    await shardDigests(sources.with(300, edited)),
    await shardDigests([...sources, added('2030-01-01T00:00:00Z')]),
    await shardDigests([...sources, added('2010-01-01T00:00:00Z')]),
  ]) {
    const fresh = after.filter((digest) => !before.includes(digest)).length
    expect(fresh).toBeGreaterThanOrEqual(1)
    expect(fresh).toBeLessThanOrEqual(2)
  }
})
