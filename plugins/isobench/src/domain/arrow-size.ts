import type { ColumnType } from './columns.ts'

/**
 * Bytes that a value takes in Arrow, in which `datasets` holds a loaded table: eight for a number, a bit for a boolean,
 * the UTF-8 text or the elements behind a four-byte offset. A null keeps its fixed part. Validity bitmaps are left out.
 * Source: Apache Arrow, Columnar Format, physical memory layout.
 */
export function arrowBytes(type: ColumnType, value: unknown): number {
  if (type.kind === 'boolean') return 1 / 8
  if (type.kind === 'text') return 4 + (value === null ? 0 : Buffer.byteLength(value as string))
  if (type.kind === 'list') return 4 + sum(((value ?? []) as unknown[]).map((item) => arrowBytes(type.element, item)))
  if (type.kind !== 'struct') return 8
  const struct = (value ?? {}) as Record<string, unknown>
  return sum(type.fields.map(({ name, type: inner }) => arrowBytes(inner, struct[name] ?? null)))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
