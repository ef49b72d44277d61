import { z } from 'zod'

/** The type of a column, in the few kinds that Parquet, the Hub and the documentation all know. */
export type ColumnType =
  | { readonly kind: 'text'; readonly values: readonly string[] | null }
  | { readonly kind: 'integer' }
  | { readonly kind: 'float' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'list'; readonly element: ColumnType; readonly elementNullable: boolean }
  | { readonly kind: 'struct'; readonly fields: readonly Column[] }

/** One column of a table, or one field of a struct. */
export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
  /** One line for a person; empty where the schema says nothing. */
  readonly description: string
}

/**
 * The columns of a table whose rows a zod object describes: the one place from which Parquet, the card's features and
 * the documentation are made.
 * @throws TypeError for what has no column: a record with free keys, a union, an optional key
 */
export function columnsOf(schema: z.ZodObject, path = ''): Column[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const where = path === '' ? name : `${path}.${name}`
    const { inner, nullable } = withoutNull(field as z.ZodType)
    const description = (field as z.ZodType).description ?? inner.description ?? ''
    return { name, type: columnType(inner, where), nullable, description }
  })
}

function columnType(schema: z.ZodType, path: string): ColumnType {
  if (schema instanceof z.ZodString) return { kind: 'text', values: null }
  if (schema instanceof z.ZodEnum) return { kind: 'text', values: schema.options.map(String) }
  if (schema instanceof z.ZodBoolean) return { kind: 'boolean' }
  if (schema instanceof z.ZodNumber)
    return { kind: schema.def.type === 'number' && isInteger(schema) ? 'integer' : 'float' }
  if (schema instanceof z.ZodLiteral) return literalType([...schema.values], path)
  if (schema instanceof z.ZodObject) return { kind: 'struct', fields: columnsOf(schema, path) }
  if (schema instanceof z.ZodArray) return listType(schema.element as z.ZodType, path)
  if (schema instanceof z.ZodTuple) return tupleType(schema, path)
  throw new TypeError(`no column type for a zod \`${schema.def.type}\` at \`${path}\``)
}

function isInteger(schema: z.ZodNumber): boolean {
  return 'format' in schema.def && schema.def.format === 'safeint'
}

function literalType(values: unknown[], path: string): ColumnType {
  if (values.every((value) => Number.isSafeInteger(value))) return { kind: 'integer' }
  if (values.every((value) => typeof value === 'string')) return { kind: 'text', values: values.map(String) }
  throw new TypeError(`no column type for a literal at \`${path}\`: ${values.map(String).join(', ')}`)
}

function listType(element: z.ZodType, path: string): ColumnType {
  const { inner, nullable } = withoutNull(element)
  return { kind: 'list', element: columnType(inner, `${path}[]`), elementNullable: nullable }
}

/** A tuple is a list, so all its members must have one type. */
function tupleType(schema: z.ZodTuple, path: string): ColumnType {
  const lists = schema.def.items.map((item) => listType(item as z.ZodType, path))
  const [first] = lists
  if (first === undefined || new Set(lists.map((list) => JSON.stringify(list))).size > 1) {
    throw new TypeError(`no column type for a tuple of different types at \`${path}\``)
  }
  return first
}

function withoutNull(schema: z.ZodType): { inner: z.ZodType; nullable: boolean } {
  if (!(schema instanceof z.ZodNullable)) return { inner: schema, nullable: false }
  const { inner } = withoutNull(schema.unwrap() as z.ZodType)
  return { inner, nullable: true }
}
