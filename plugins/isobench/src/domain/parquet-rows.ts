import { parquetMetadata, parquetReadObjects } from 'hyparquet'

/** Rows of a Parquet file in memory, all columns or those named; whole numbers come as `bigint`. */
export function parquetRows(bytes: Uint8Array, columns?: readonly string[]): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({
    file: buffer(bytes),
    ...(columns === undefined ? {} : { columns: [...columns] }),
  })
}

/** How many rows a Parquet file says that it has. @throws Error for what is no Parquet */
export function parquetRowCount(bytes: Uint8Array): number {
  return Number(parquetMetadata(buffer(bytes)).num_rows)
}

function buffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}
