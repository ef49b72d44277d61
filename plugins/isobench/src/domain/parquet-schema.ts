import type { SchemaElement } from 'hyparquet'
import type { Column, ColumnType } from './columns.ts'

const primitives = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT64' },
  float: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
} as const satisfies Record<string, Omit<SchemaElement, 'name'>>

/**
 * The Parquet schema of a table, flat and in preorder as the format wants it. It is always given to the writer: without
 * it hyparquet-writer stores lists and structs as JSON text.
 */
export function parquetSchema(columns: readonly Column[]): SchemaElement[] {
  return [
    { name: 'schema', num_children: columns.length },
    ...columns.flatMap((column) => elements(column.name, column.type, column.nullable)),
  ]
}

function elements(name: string, type: ColumnType, nullable: boolean): SchemaElement[] {
  const head = { name, repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED' } as const
  switch (type.kind) {
    case 'struct':
      return [
        { ...head, num_children: type.fields.length },
        ...type.fields.flatMap((field) => elements(field.name, field.type, field.nullable)),
      ]
    case 'list':
      return [
        { ...head, num_children: 1, converted_type: 'LIST' },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        ...elements('element', type.element, type.elementNullable),
      ]
    default:
      return [{ ...head, ...primitives[type.kind] }]
  }
}

/** A value as hyparquet-writer wants it: integers as BigInt, structs with exactly the fields of the schema. */
export function parquetValue(type: ColumnType, value: unknown): unknown {
  if (value === null) return null
  switch (type.kind) {
    case 'integer':
      return BigInt(value as number)
    case 'list':
      return (value as unknown[]).map((item) => parquetValue(type.element, item))
    case 'struct': {
      const struct = value as Record<string, unknown>
      return Object.fromEntries(type.fields.map(({ name, type: inner }) => [name, parquetValue(inner, struct[name])]))
    }
    default:
      return value
  }
}
