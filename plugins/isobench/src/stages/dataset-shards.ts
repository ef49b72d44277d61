import { arrowBytes } from '../domain/arrow-size.ts'
import { canonicalJsonLine } from '../domain/canonical-json.ts'
import type { DatasetTable, Member } from '../domain/dataset-tables.ts'
import { sha256 } from '../domain/digest.ts'
import { parquetSchema } from '../domain/parquet-schema.ts'
import { parquetBytes } from '../domain/parquet.ts'
import { rowGroups, shardCut } from '../domain/row-groups.ts'
import type { Manifest } from '../schema/dataset.ts'
import { type SurveyedMember, readAgain } from './dataset-members.ts'

/** A file as the manifest lists it, and what the card says of it. */
export type WrittenFile = Manifest['files'][number] & {
  /** The table whose rows it holds; null for other files */
  readonly table: DatasetTable['name'] | null
  readonly arrowBytes: number
}

/** How a file of these bytes is listed. */
export function written(path: string, content: Uint8Array, rows: number | null): WrittenFile {
  return { path, sha256: sha256(content), size_bytes: content.byteLength, rows, table: null, arrowBytes: 0 }
}

/**
 * The Parquet files of all tables, a shard at a time. Shards are cut by the ids of the commits, the same in all tables,
 * so that an edited or an inserted commit changes the bytes of one or two files a table. A table without a row has no
 * file, and a shard without one is left out.
 */
export async function* shardFiles(
  members: readonly SurveyedMember[],
  tables: readonly DatasetTable[],
  split: string,
  log: (message: string) => void,
): AsyncGenerator<{ path: string; content: Uint8Array; written: WrittenFile }> {
  const shards = [...rowGroups(members, shardCut)]
  const counts = Object.fromEntries(
    tables.map(({ name }) => [name, shards.filter((shard) => rowsIn(shard, name) > 0).length]),
  )
  const next: Record<string, number> = {}
  for (const [index, shard] of shards.entries()) {
    const groups: Member[][] = []
    for (const group of rowGroups(shard)) groups.push(await Promise.all(group.map(readAgain)))
    for (const table of tables) {
      const rows = rowsIn(shard, table.name)
      if (rows === 0) continue
      const number = (next[table.name] ??= 0)
      next[table.name] = number + 1
      const path = `${table.folder}/${split}-${padded(number)}-of-${padded(counts[table.name]!)}.parquet`
      yield { path, ...shardFile(path, table, groups, rows) }
    }
    log(`${index + 1} of ${shards.length} shards written`)
  }
}

function rowsIn(shard: readonly SurveyedMember[], table: DatasetTable['name']): number {
  return shard.reduce((sum, { rows }) => sum + (rows[table] ?? 0), 0)
}

function padded(number: number): string {
  return String(number).padStart(5, '0')
}

function shardFile(path: string, table: DatasetTable, groups: readonly Member[][], rows: number) {
  const { name, kind, columns, rowsOf } = table
  const groupsOfRows = groups.map((group) => group.flatMap(rowsOf)).filter((group) => group.length > 0)
  const content = parquetBytes({
    columns,
    rowGroups: groupsOfRows,
    metadata: { 'isobench.schema': `${kind} sha256:${sha256(canonicalJsonLine(parquetSchema(columns)))}` },
  })
  const type = { kind: 'struct', fields: columns } as const
  const bytes = groupsOfRows.flat().reduce((total, row) => total + arrowBytes(type, row), 0)
  return { content, written: { ...written(path, content, rows), table: name, arrowBytes: bytes } }
}
