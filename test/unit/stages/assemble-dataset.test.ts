import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { columnsOf } from '../../../plugins/isobench/src/domain/columns.ts'
import { features } from '../../../plugins/isobench/src/domain/card-front-matter.ts'
import { seedRows } from '../../../plugins/isobench/src/domain/dataset-views.ts'
import { generationSection } from '../../../plugins/isobench/src/domain/record-sections.ts'
import { Funnel, Manifest } from '../../../plugins/isobench/src/schema/dataset.ts'
import { DatasetSettings } from '../../../plugins/isobench/src/schema/dataset-settings.ts'
import { AttemptRow, SampleRow } from '../../../plugins/isobench/src/schema/dataset-rows.ts'
import { HistoryRow } from '../../../plugins/isobench/src/schema/history.ts'
import { CommitRecord } from '../../../plugins/isobench/src/schema/record.ts'
import type { AssembleDatasetInput } from '../../../plugins/isobench/src/stages/assemble-dataset.ts'
import { digestOf, modelGeneration } from '../../support/artifacts.ts'
import { assembled, sampleMember, sourceOf } from '../../support/dataset-members.ts'
import { trialRun } from '../../support/trial-run.ts'
import { asJson, queryParquet } from '../../support/duckdb.ts'
import { sampleRecord, unmeasuredRecord } from '../../support/records.ts'

const template = readFileSync(
  join(import.meta.dirname, '../../../plugins/isobench/templates/dataset-card.md.eta'),
  'utf8',
)
const parquetPath = 'data/test-00000-of-00001.parquet'

const metric = {
  better: 'higher' as const,
  base: 100,
  head: 140,
  improvement: 0.4,
  ci95: [0.3, 0.5] as [number, number],
  p_value: 0.01,
  p_holm: 0.01,
}

const runs = [trialRun('base', { purpose: 'pair', pair: 0 }), trialRun('head', { purpose: 'pair', pair: 0, index: 1 })]

/** In the order of the dataset: by date, then id. */
const members = [
  sampleMember(
    sampleRecord('first', { commit_date: '2020-01-01T00:00:00Z', claim: '30 % schneller: Grüße 👩‍🔬\n\t"quoted"' }),
    runs,
  ),
  sampleMember(
    unmeasuredRecord('gone', {
      commit_date: '2021-01-01T00:00:00Z',
      stage: 'analyze',
      reason: 'no-base',
      base_commit: null,
      efficiency_test: null,
      files_changed: [],
      environment: { ...sampleRecord('gone').environment, base: null, head: null, attempts: { base: [], head: [] } },
      measurement: {
        ...sampleRecord('gone').measurement,
        functions_reached: null,
        fingerprint: null,
        peak_memory_bytes: null,
      },
    }),
  ),
  sampleMember(
    sampleRecord('last', {
      commit_date: '2022-01-01T00:00:00Z',
      verdict: 'regressed',
      performance_improvement: -0.25,
      ci95: [-0.3, -0.2],
      generation_config: generationSection(modelGeneration()),
      measurement: {
        ...sampleRecord('last').measurement,
        exclusions: [{ reason: 'throttled', pairs: 2 }],
        secondary_metrics: [
          { ...metric, name: 'hits', improvement: null, ci95: null, p_value: null, p_holm: null },
          { ...metric, name: 'tokens_per_second' },
        ],
        controls: [
          {
            kind: 'second-base',
            verdict: 'no-change',
            pairs: 8,
            improvement: 0.001,
            ci95: [-0.01, 0.01],
            p_value: 0.5,
          },
          { kind: 'blind', verdict: 'unmeasured', pairs: 0, improvement: null, ci95: null, p_value: null },
        ],
      },
    }),
  ),
]
const records: CommitRecord[] = members.map(({ record }) => record)

function input(overrides: Partial<AssembleDatasetInput> = {}): AssembleDatasetInput {
  return {
    name: 'demo',
    settings: DatasetSettings.parse({ commits: ['demo'] }),
    template,
    members: members.map(({ source }) => source),
    tool: 'nx-isobench 0.1.0',
    ...overrides,
  }
}

const textOf = (files: ReadonlyMap<string, Uint8Array>, path: string): string =>
  new TextDecoder().decode(files.get(path))

test('the dataset is a Parquet file, JSON lines, a card, a funnel, a ledger and a manifest', async () => {
  expect([...(await assembled(input())).keys()].toSorted()).toEqual([
    'README.md',
    'attempts/test-00000-of-00001.parquet',
    parquetPath,
    'funnel.json',
    'history/test-00000-of-00001.parquet',
    'ledger.json',
    'manifest.json',
    'records.jsonl',
    'samples/test-00000-of-00001.parquet',
  ])
})

test('Parquet and JSON lines hold the records, value for value, in order', async () => {
  const files = await assembled(input())
  const bytes = files.get(parquetPath)!
  expect(asJson(await queryParquet(bytes))).toEqual(records)
  expect(asJson(await parquetReadObjects({ file: new Uint8Array(bytes).buffer }))).toEqual(records)
  const lines = textOf(files, 'records.jsonl').split('\n')
  expect(lines.pop()).toBe('')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(records)
})

test('the same records give the same bytes, in whatever order they come', async () => {
  const first = await assembled(input())
  const again = await assembled(input({ members: input().members.toReversed() }))
  expect([...again.keys()]).toEqual([...first.keys()])
  for (const [path, bytes] of first) expect(Buffer.compare(bytes, again.get(path)!), path).toBe(0)
})

test('the manifest names every file and member, so that a copy can be checked', async () => {
  const files = await assembled(input())
  const manifest = Manifest.parse(JSON.parse(textOf(files, 'manifest.json')))
  expect(manifest).toMatchObject({ dataset: 'demo', tool: 'nx-isobench 0.1.0', records: 3 })
  expect(manifest.files.map(({ path, rows }) => [path, rows])).toEqual([
    ['README.md', null],
    ['attempts/test-00000-of-00001.parquet', 1],
    ['data/test-00000-of-00001.parquet', 3],
    ['funnel.json', null],
    ['history/test-00000-of-00001.parquet', 4],
    ['ledger.json', null],
    ['samples/test-00000-of-00001.parquet', 2],
  ])
  expect(manifest.files.map(({ size_bytes }) => size_bytes)).toEqual(
    manifest.files.map(({ path }) => files.get(path)!.byteLength),
  )
  expect(manifest.files.find(({ path }) => path === 'funnel.json')!.sha256).toBe(digestOf(textOf(files, 'funnel.json')))
  expect(manifest.members).toEqual(records.map((record) => record.instance_id))
})

test('the funnel loses nobody', async () => {
  const funnel = Funnel.parse(JSON.parse(textOf(await assembled(input()), 'funnel.json')))
  expect(funnel.commits).toBe(3)
  expect(funnel.stages[0]).toEqual({
    stage: 'analyze',
    entered: 3,
    passed: 2,
    lost: [{ reason: 'no-base', commits: 1 }],
  })
  expect(funnel.stages.at(-1)?.passed).toBe(2)
})

test('the card begins with what the Hub reads, made from the schema of the Parquet file', async () => {
  const settings = DatasetSettings.parse({ commits: ['demo'], split: 'train', title: 'Demo', license: 'apache-2.0' })
  const files = await assembled(input({ settings }))
  const bytes = files.get('data/train-00000-of-00001.parquet')!
  const [empty, front] = textOf(files, 'README.md').split('---\n')
  expect(empty).toBe('')
  expect(parse(front!)).toMatchObject({
    pretty_name: 'Demo',
    license: 'apache-2.0',
    configs: [
      { config_name: 'default', data_files: [{ split: 'train', path: 'data/train-*.parquet' }] },
      { config_name: 'samples', data_files: [{ split: 'train', path: 'samples/train-*.parquet' }] },
      { config_name: 'attempts', data_files: [{ split: 'train', path: 'attempts/train-*.parquet' }] },
      { config_name: 'history', data_files: [{ split: 'train', path: 'history/train-*.parquet' }] },
    ],
    dataset_info: [
      {
        config_name: 'default',
        features: features(columnsOf(CommitRecord)),
        splits: [{ name: 'train', num_examples: 3 }],
        download_size: bytes.byteLength,
      },
      { config_name: 'samples', features: features(columnsOf(SampleRow)), splits: [{ num_examples: 2 }] },
      { config_name: 'attempts', features: features(columnsOf(AttemptRow)), splits: [{ num_examples: 1 }] },
      { config_name: 'history', features: features(columnsOf(HistoryRow)), splits: [{ num_examples: 4 }] },
    ],
  })
  const { key_value_metadata } = parquetMetadata(new Uint8Array(bytes).buffer)
  expect(key_value_metadata).toEqual([
    { key: 'isobench.schema', value: expect.stringMatching(/^record\/1 sha256:[0-9a-f]{64}$/) as string },
  ])
})

test('views are further configurations, each with files of its own', async () => {
  const settings = DatasetSettings.parse({ commits: ['demo'], views: ['gso', 'seed', 'swe-perf'] })
  const files = await assembled(input({ settings }))
  expect([...files.keys()].filter((path) => path.startsWith('views/'))).toEqual([
    'views/seed/test-00000-of-00001.parquet',
    'views/swe-perf/test-00000-of-00001.parquet',
    'views/gso/test-00000-of-00001.parquet',
  ])
  const seed = asJson(await queryParquet(files.get('views/seed/test-00000-of-00001.parquet')!))
  expect(seed).toEqual([records[0]!, records[2]!].flatMap(seedRows))
  const card = textOf(files, 'README.md')
  expect(card).toContain('config_name: swe-perf')
  expect(card).toContain('swe_perf = load_dataset(".", "swe-perf", split="test")')
  expect(card).toContain('`gso`: 1 rows, one a commit with the verdict `improved`, with the columns of GSO.')
  expect([...(await assembled(input())).keys()].filter((path) => path.startsWith('views/'))).toEqual([])
})

test('a template of its own is used', async () => {
  const files = await assembled(input({ template: '# <%= it.title %>: <%= it.commits %>\n' }))
  expect(textOf(files, 'README.md')).toMatch(/\n---\n\n# demo: 3\n$/)
})

test.each<[string, Partial<AssembleDatasetInput>, string, RegExp]>([
  ['no record', { members: [] }, 'bad-input', /^dataset without a record: demo$/],
  [
    'a record that is none',
    { members: [sourceOf('a', '{"a": NaN}')] },
    'corrupt-artifact',
    /^record cannot be used: a: not JSON/,
  ],
  [
    'a record twice',
    { members: [...input().members, input().members[0]!] },
    'bad-input',
    /: 2 records of this commit$/,
  ],
  ['a template that prints nothing', { template: '<%= it.nothing %>' }, 'bad-input', /^README\.md\.eta:1: /],
])('%s is refused', async (_, overrides, code, message) => {
  await expect(assembled(input(overrides))).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
})
