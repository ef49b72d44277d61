import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { Column } from './columns.ts'
import { parquetSchema, parquetValue } from './parquet-schema.ts'

/** A table to write: rows with a value for every column, already cut into row groups. */
export interface Table {
  readonly columns: readonly Column[]
  readonly rowGroups: Iterable<readonly Readonly<Record<string, unknown>>[]>
  /** Key-value metadata of the file, in the order given. */
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * A Parquet file in memory, SNAPPY, with an explicit schema. The bytes depend on the table and on the pinned version of
 * hyparquet-writer alone, so equal tables give equal files on any machine.
 */
export function parquetBytes({ columns, rowGroups, metadata }: Table): Uint8Array {
  const sink = new ByteWriter()
  const writer = new ParquetWriter({
    writer: sink,
    schema: parquetSchema(columns),
    codec: 'SNAPPY',
    createdBy: 'nx-isobench',
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  })
  for (const rows of rowGroups) {
    const columnData = columns.map(({ name, type }) => ({
      name,
      data: rows.map((row) => parquetValue(type, row[name])),
    }))
    void writer.write({ columnData, rowGroupSize: rows.length })
  }
  void writer.finish()
  return sink.getBytes().slice()
}
