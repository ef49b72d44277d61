import { canonicalJson, canonicalJsonLine } from '../domain/canonical-json.ts'
import { cardData } from '../domain/card-data.ts'
import { type Configuration, frontMatter } from '../domain/card-front-matter.ts'
import { renderCard } from '../domain/card.ts'
import { type DatasetTable, tablesOf } from '../domain/dataset-tables.ts'
import { funnelOf } from '../domain/funnel.ts'
import { ledgerOf } from '../domain/ledger.ts'
import type { RecordSummary } from '../domain/record-summary.ts'
import { IsobenchError } from '../errors.ts'
import type { DatasetSettings } from '../schema/dataset-settings.ts'
import type { Manifest } from '../schema/dataset.ts'
import { type MemberSource, readAgain, survey } from './dataset-members.ts'
import { type WrittenFile, shardFiles, written } from './dataset-shards.ts'

/** What a dataset is made from. */
export interface AssembleDatasetInput {
  readonly name: string
  readonly settings: DatasetSettings
  /** Text of the card's Eta template. */
  readonly template: string
  /** The commits, in any order. Each is read up to three times, so that never all are held at once. */
  readonly members: readonly MemberSource[]
  /** Name and version of this tool, e.g. `nx-isobench 0.1.0`. */
  readonly tool: string
}

/** A file of the dataset by its path below `out/`; a long text comes in pieces. */
export interface DatasetFile {
  readonly path: string
  readonly content: Uint8Array | AsyncIterable<Uint8Array>
}

/**
 * Builds a dataset from its commits: Parquet files of each table, the records as JSON lines, the card, the funnel, the
 * ledger, and the manifest of all that is published. Equal commits give equal bytes, in whatever order they come. Files
 * come one after the other, and only one shard is held at a time.
 * @throws IsobenchError `corrupt-artifact` or `bad-input` that lists every record that cannot be used, or names the
 *   line of the template that cannot be rendered
 */
export async function* assembleDataset(
  { name, settings, template, members, tool }: AssembleDatasetInput,
  { log }: { readonly log: (message: string) => void },
): AsyncGenerator<DatasetFile> {
  if (members.length === 0) {
    throw new IsobenchError('bad-input', `dataset without a record: ${name}`, {
      hint: 'name its commits in dataset.yaml',
    })
  }
  const tables = tablesOf(settings.views)
  const records = await survey(members, tables, log)
  for (const { instance_id: id, task_leak: leak } of records) {
    if (leak?.severity === 'answer') log(`its task gives the answer away: ${id}`)
  }
  const files: WrittenFile[] = []
  for await (const file of shardFiles(records, tables, settings.split, log)) {
    files.push(file.written)
    yield file
  }
  yield { path: 'records.jsonl', content: jsonLines(records) }

  const funnel = funnelOf(records)
  const card = { name, settings, template, records, funnel, tool, tables, shards: files }
  for (const [path, text] of [
    ['funnel.json', canonicalJson(funnel)],
    ['ledger.json', canonicalJson(ledgerOf(records))],
    ['README.md', cardText(card)],
  ] as const) {
    const content = new TextEncoder().encode(text)
    files.push(written(path, content, null))
    yield { path, content }
  }
  yield { path: 'manifest.json', content: new TextEncoder().encode(manifestText(name, tool, records, files)) }
}

async function* jsonLines(members: Awaited<ReturnType<typeof survey>>): AsyncGenerator<Uint8Array> {
  for (const member of members) {
    const { record } = await readAgain(member)
    yield new TextEncoder().encode(`${canonicalJsonLine(record)}\n`)
  }
}

function cardText(card: {
  name: string
  settings: DatasetSettings
  template: string
  records: readonly RecordSummary[]
  funnel: ReturnType<typeof funnelOf>
  tool: string
  tables: readonly DatasetTable[]
  shards: readonly WrittenFile[]
}): string {
  const configurations = card.tables.flatMap((table): Configuration[] => {
    const shards = card.shards.filter(({ table: name }) => name === table.name)
    const sum = (of: (file: WrittenFile) => number): number => shards.reduce((total, file) => total + of(file), 0)
    if (shards.length === 0) return []
    return [
      {
        name: table.name,
        row: table.row,
        columns: table.columns,
        split: card.settings.split,
        rows: sum(({ rows }) => rows ?? 0),
        files: `${table.folder}/${card.settings.split}-*.parquet`,
        fileBytes: sum(({ size_bytes }) => size_bytes),
        arrowBytes: Math.ceil(sum(({ arrowBytes }) => arrowBytes)),
      },
    ]
  })
  const [first, ...further] = configurations
  const data = cardData({ ...card, columns: first!.columns, further })
  const front = frontMatter({ title: data.title, license: card.settings.license, configurations })
  return `${front}\n${renderCard(card.template, data)}`
}

/** What is published, so that a copy can be checked. Members stand in the order of the rows. */
function manifestText(
  name: string,
  tool: string,
  records: readonly RecordSummary[],
  files: readonly WrittenFile[],
): string {
  const manifest: Manifest = {
    schema_version: 1,
    dataset: name,
    tool,
    records: records.length,
    files: files
      .map(({ path, sha256, size_bytes, rows }) => ({ path, sha256, size_bytes, rows }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    members: records.map(({ instance_id }) => instance_id),
  }
  return canonicalJson(manifest)
}
