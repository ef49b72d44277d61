import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHub } from '../../../plugins/isobench/src/adapters/hub.ts'
import { tablesOf } from '../../../plugins/isobench/src/domain/dataset-tables.ts'
import { historyRows } from '../../../plugins/isobench/src/domain/history-rows.ts'
import { observationOf } from '../../../plugins/isobench/src/domain/observation.ts'
import { generationSection } from '../../../plugins/isobench/src/domain/record-sections.ts'
import { DatasetSettings } from '../../../plugins/isobench/src/schema/dataset-settings.ts'
import { Manifest } from '../../../plugins/isobench/src/schema/dataset.ts'
import { push } from '../../../plugins/isobench/src/stages/push.ts'
import { modelGeneration } from '../../support/artifacts.ts'
import { type SampleMember, assembled, sampleMember } from '../../support/dataset-members.ts'
import { type HubServer, startHub } from '../../support/hub-server.ts'
import { type PythonClients, askPython, pythonClients } from '../../support/python-clients.ts'
import { sampleRecord, unmeasuredRecord } from '../../support/records.ts'
import { trialRun } from '../../support/trial-run.ts'

const views = ['seed', 'swe-perf', 'gso'] as const
const configurations = ['default', 'samples', 'attempts', 'history', ...views] as const
const metrics = { tokens_per_second: { value: 5.5, better: 'higher' as const } }
const members: SampleMember[] = [
  sampleMember(sampleRecord('a', { commit_date: '2020-01-01T00:00:00Z', claim: 'Grüße 👩‍🔬\n\t"x"' }), [
    trialRun('base', { purpose: 'burn-in' }),
    trialRun('base', { purpose: 'pair', pair: 0, index: 1, metrics, peak_memory_bytes: 2 ** 40 }),
    trialRun('head', { purpose: 'pair', pair: 0, index: 2, seconds: null, iterations_seconds: [] }),
  ]),
  sampleMember(unmeasuredRecord('b', { commit_date: '2021-01-01T00:00:00Z', stage: 'analyze', reason: 'no-base' })),
  sampleMember(
    sampleRecord('c', { commit_date: '2022-01-01T00:00:00Z', generation_config: generationSection(modelGeneration()) }),
  ),
  ...Array.from({ length: 400 }, (_, index) =>
    sampleMember(sampleRecord(`m${index}`, { commit_date: '2023-01-01T00:00:00Z' })),
  ),
]
/** In the order of the dataset. */
const ordered = members.toSorted(({ record: a }, { record: b }) =>
  `${a.commit_date} ${a.instance_id}` < `${b.commit_date} ${b.instance_id}` ? -1 : 1,
)
/** Rows of every table as JSON has them. */
async function expectedRows() {
  const history = historyRows(ordered.flatMap(({ record }) => observationOf(record) ?? []))
  const all = await Promise.all(
    ordered.map(async ({ record, source }) => ({
      record,
      measured: await source.measured(),
      history: history.get(record.instance_id) ?? [],
    })),
  )
  const rows = tablesOf(views).map(({ name, rowsOf }) => [name, all.flatMap(rowsOf)] as const)
  return Object.fromEntries(rows) as unknown as Record<(typeof configurations)[number], Record<string, unknown>[]>
}

let clients: PythonClients
let hub: HubServer
let home: string
beforeAll(async () => {
  clients = await pythonClients()
  if ('missing' in clients) console.log(`skipped: Python clients of the Hub cannot be installed: ${clients.missing}`)
  home = await mkdtemp(join(tmpdir(), 'isobench-hf-'))
  hub = await startHub()
  const files = await assembled({
    name: 'demo',
    settings: DatasetSettings.parse({ commits: ['demo'], license: 'apache-2.0', views }),
    template: '# Demo\n',
    members: members.map(({ source }) => source),
    tool: 'nx-isobench 0.1.0',
  })
  files.delete('records.jsonl')
  await push(
    {
      files: [...files].map(([path, bytes]) => ({
        path,
        sizeBytes: bytes.byteLength,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        gitOid: createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex'),
      })),
      manifest: Manifest.parse(JSON.parse(new TextDecoder().decode(files.get('manifest.json')))),
      isPrivate: true,
      dryRun: false,
      asPullRequest: false,
      tag: 'v1',
      overwrite: null,
    },
    {
      hub: openHub({ endpoint: hub.url, name: 'tester/demo', token: 'hf_test' }),
      content: async (path) => new Blob([files.get(path)!]),
      wait: async () => undefined,
      random: Math.random,
      log: () => undefined,
    },
  )
}, 900_000)
afterAll(async () => {
  await hub.close()
  await rm(home, { recursive: true, force: true })
})

/** What the script prints, or the test is skipped with the reason. */
async function ask(skip: (note: string) => never, script: string): Promise<any> {
  if ('missing' in clients) return skip(`no Python clients: ${clients.missing}`)
  return askPython(clients.python, script, { endpoint: hub.url, home })
}

const load = `
import json, sys
from datasets import load_dataset, get_dataset_config_names
`

test('datasets.load_dataset gives every configuration, value for value', async ({ skip }) => {
  const got = await ask(
    skip,
    `${load}
names = get_dataset_config_names("tester/demo")
print(json.dumps({name: load_dataset("tester/demo", name, split="test").to_list() for name in names}))`,
  )
  const expected = await expectedRows()
  expect(Object.keys(got)).toEqual([...configurations])
  expect(got).toEqual(expected)
}, 300_000)

test('streaming and a release give the same', async ({ skip }) => {
  const got = await ask(
    skip,
    `${load}
rows = {name: list(load_dataset("tester/demo", name, split="test", streaming=True, revision="v1")) for name in ${JSON.stringify(configurations)}}
print(json.dumps(rows))`,
  )
  expect(got).toEqual(await expectedRows())
}, 300_000)

test('the features of the card are those that datasets infers from the files', async ({ skip }) => {
  const got = await ask(
    skip,
    `${load}
from datasets import Features, load_dataset_builder
from huggingface_hub import snapshot_download
folder = snapshot_download("tester/demo", repo_type="dataset")
result = {}
for name, where in {"default": "data", "samples": "samples", "attempts": "attempts", "history": "history", "seed": "views/seed", "swe-perf": "views/swe-perf", "gso": "views/gso"}.items():
    said = load_dataset_builder("tester/demo", name).info.features
    found = load_dataset("parquet", data_files=f"{folder}/{where}/*.parquet", split="train").features
    result[name] = [said == found, str(said), str(found)]
print(json.dumps(result))`,
  )
  for (const [same, said, found] of Object.values<[boolean, string, string]>(got)) {
    expect(said).toBe(found)
    expect(same).toBe(true)
  }
}, 300_000)

test('huggingface_hub, pyarrow and DuckDB read the same values', async ({ skip }) => {
  const got = await ask(
    skip,
    `
import json, glob
import duckdb, pyarrow.parquet as pq
from huggingface_hub import HfApi, snapshot_download
api = HfApi()
info = api.dataset_info("tester/demo", files_metadata=True)
folder = snapshot_download("tester/demo", repo_type="dataset", revision=info.sha)
files = sorted(glob.glob(folder + "/data/*.parquet"))
arrow = [row for file in files for row in pq.read_table(file).to_pylist()]
duck = duckdb.sql(f"from read_parquet({files})").fetch_arrow_table().to_pylist() if hasattr(duckdb.sql("select 1"), "fetch_arrow_table") else duckdb.sql(f"from read_parquet({files})").arrow().read_all().to_pylist()
print(json.dumps({"private": info.private, "arrow": arrow, "duckdb": duck, "tags": [t.name for t in api.list_repo_refs("tester/demo", repo_type="dataset").tags], "files": sorted(s.rfilename for s in info.siblings)}))`,
  )
  const { default: records } = await expectedRows()
  expect(got.private).toBe(true)
  expect(got.tags).toEqual(['v1'])
  expect(got.files).toContain('manifest.json')
  expect(got.files.filter((path: string) => path.startsWith('data/')).length).toBeGreaterThan(1)
  expect(got.arrow).toEqual(records)
  expect(got.duckdb).toEqual(records)
}, 300_000)
