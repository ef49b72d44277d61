import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'

/** Rows that DuckDB finds in a Parquet file, for a query over the table `rows`. BIGINT comes as bigint. */
export async function queryParquet(bytes: Uint8Array, sql = 'from rows'): Promise<Record<string, unknown>[]> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-duckdb-'))
  try {
    const file = join(folder, 'rows.parquet')
    await writeFile(file, bytes)
    const instance = await DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    await connection.run(`create view rows as select * from read_parquet('${file}')`)
    const reader = await connection.runAndReadAll(sql)
    const rows = reader.getRowObjectsJS() as Record<string, unknown>[]
    connection.closeSync()
    instance.closeSync()
    return rows
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The same value as JSON holds it: a bigint as a number, and null where hyparquet says undefined for a null list or struct. */
export function asJson(value: unknown): unknown {
  if (value === undefined) return null
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(asJson)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asJson(item)]))
}
