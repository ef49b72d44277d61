import { sha256 } from '../domain/digest.ts'
import { arrowBytes } from '../domain/arrow-size.ts'
import { canonicalJson, canonicalJsonLine } from '../domain/canonical-json.ts'
import { cardData } from '../domain/card-data.ts'
import { frontMatter } from '../domain/card-front-matter.ts'
import { renderCard } from '../domain/card.ts'
import { columnsOf } from '../domain/columns.ts'
import { funnelOf } from '../domain/funnel.ts'
import { parquetSchema } from '../domain/parquet-schema.ts'
import { parquetBytes } from '../domain/parquet.ts'
import { type RecordText, readRecords } from '../domain/records.ts'
import { rowGroups } from '../domain/row-groups.ts'
import { IsobenchError } from '../errors.ts'
import type { DatasetSettings } from '../schema/dataset-settings.ts'
import type { Manifest } from '../schema/dataset.ts'
import { CommitRecord } from '../schema/record.ts'

/** What a dataset is made from. */
export interface AssembleDatasetInput {
  readonly name: string
  readonly settings: DatasetSettings
  /** Text of the card's Eta template. */
  readonly template: string
  /** The members' `record.json`, in any order. */
  readonly records: readonly RecordText[]
  /** Name and version of this tool, e.g. `nx-isobench 0.1.0`. */
  readonly tool: string
}

/**
 * Builds a dataset from the records of its commits: the Parquet file, the same records as JSON lines, the card, the
 * funnel, and the manifest of them all. Equal records give equal bytes, in whatever order they come.
 * @returns the content of every file by its path below `out/`
 * @throws IsobenchError `corrupt-artifact` or `bad-input` that lists every record that cannot be used, or names the
 *   line of the template that cannot be rendered
 */
export function assembleDataset({
  name,
  settings,
  template,
  records: texts,
  tool,
}: AssembleDatasetInput): Map<string, Uint8Array> {
  if (texts.length === 0) {
    throw new IsobenchError('bad-input', `dataset without a record: ${name}`, {
      hint: 'name its commits in dataset.yaml',
    })
  }
  const records = readRecords(texts)
  const columns = columnsOf(CommitRecord)
  const parquet = parquetBytes({
    columns,
    rowGroups: rowGroups(records),
    metadata: { 'isobench.schema': `record/1 sha256:${sha256(canonicalJsonLine(parquetSchema(columns)))}` },
  })
  const funnel = funnelOf(records)
  const data = cardData({ name, settings, records, funnel, columns, tool })
  const configuration = {
    name: 'default',
    columns,
    split: settings.split,
    rows: records.length,
    files: `data/${settings.split}-*.parquet`,
    fileBytes: parquet.byteLength,
    arrowBytes: Math.ceil(
      records.reduce((total, record) => total + arrowBytes({ kind: 'struct', fields: columns }, record), 0),
    ),
  }
  const front = frontMatter({ title: data.title, license: settings.license, configurations: [configuration] })
  const files = new Map<string, Uint8Array>([
    [`data/${settings.split}-00000-of-00001.parquet`, parquet],
    ['records.jsonl', encoded(records.map((record) => `${canonicalJsonLine(record)}\n`).join(''))],
    ['funnel.json', encoded(canonicalJson(funnel))],
    ['README.md', encoded(`${front}\n${renderCard(template, data)}`)],
  ])
  return files.set('manifest.json', encoded(canonicalJson(manifest({ name, tool, records, texts, files }))))
}

/** What the dataset consists of, so that a copy can be checked. Members stand in the order of the rows. */
function manifest(made: {
  name: string
  tool: string
  records: readonly CommitRecord[]
  texts: readonly RecordText[]
  files: ReadonlyMap<string, Uint8Array>
}): Manifest {
  return {
    schema_version: 1,
    dataset: made.name,
    tool: made.tool,
    records: made.records.length,
    files: [...made.files]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, bytes]) => ({
        path,
        sha256: sha256(bytes),
        size_bytes: bytes.byteLength,
        rows: /\.(parquet|jsonl)$/.test(path) ? made.records.length : null,
      })),
    members: made.records.map(({ instance_id }) => instance_id),
  }
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
