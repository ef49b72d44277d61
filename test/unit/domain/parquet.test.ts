import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { columnsOf } from '../../../plugins/isobench/src/domain/columns.ts'
import { parquetBytes } from '../../../plugins/isobench/src/domain/parquet.ts'
import { queryParquet, asJson } from '../../support/duckdb.ts'

const Row = z.object({
  id: z.string(),
  text: z.string().nullable(),
  count: z.int().nullable(),
  effect: z.number().nullable(),
  passed: z.boolean().nullable(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
  names: z.array(z.string()).nullable(),
  gaps: z.array(z.number().nullable()),
  side: z
    .object({
      version: z.string(),
      torch: z.string().nullable(),
      sizes: z.array(z.int()),
      inner: z.object({ flag: z.boolean() }).nullable(),
    })
    .nullable(),
  attempts: z.array(
    z.object({ kind: z.enum(['first', 'repair']), tokens: z.int().nullable(), notes: z.array(z.string()) }),
  ),
})

const rows: z.infer<typeof Row>[] = [
  {
    id: 'full',
    text: 'Grüße, 世界, 👩‍🔬, "quotes", \\, tab\t, line\nend, \u0000 and \uFFFD',
    count: Number.MAX_SAFE_INTEGER,
    effect: 0.1 + 0.2,
    passed: true,
    interval: [-0.5, 5e-324],
    names: ['a', '', 'ß'],
    gaps: [1.5, null, Number.MAX_VALUE],
    side: { version: '1', torch: null, sizes: [1, -2], inner: { flag: false } },
    attempts: [
      { kind: 'first', tokens: 0, notes: [] },
      { kind: 'repair', tokens: null, notes: ['one', 'two'] },
    ],
  },
  {
    id: 'null',
    text: null,
    count: null,
    effect: null,
    passed: null,
    interval: null,
    names: null,
    gaps: [],
    side: null,
    attempts: [],
  },
  {
    id: 'empty',
    text: '',
    count: 0,
    effect: 0,
    passed: false,
    interval: [0, 0],
    names: [],
    gaps: [null],
    side: { version: '', torch: '2.5', sizes: [], inner: null },
    attempts: [{ kind: 'first', tokens: 1, notes: [''] }],
  },
]

function written(rowGroups: readonly (readonly z.infer<typeof Row>[])[] = [rows]): Uint8Array {
  return parquetBytes({ columns: columnsOf(Row), rowGroups, metadata: { 'isobench.schema': 'test/1' } })
}

test('DuckDB reads back every value: nulls, empty lists, null lists, structs, tuples, unicode', async () => {
  expect(asJson(await queryParquet(written()))).toEqual(rows)
})

test('hyparquet reads back every value', async () => {
  const read = await parquetReadObjects({ file: arrayBuffer(written()) })
  expect(asJson(read)).toEqual(rows)
})

test('lists and structs are real ones, and what is never null is required', async () => {
  const described = await queryParquet(written(), 'describe rows')
  expect(Object.fromEntries(described.map((column) => [column['column_name'], column['column_type']])))
    .toMatchInlineSnapshot(`
    {
      "attempts": "STRUCT(kind VARCHAR, tokens BIGINT, notes VARCHAR[])[]",
      "count": "BIGINT",
      "effect": "DOUBLE",
      "gaps": "DOUBLE[]",
      "id": "VARCHAR",
      "interval": "DOUBLE[]",
      "names": "VARCHAR[]",
      "passed": "BOOLEAN",
      "side": "STRUCT("version" VARCHAR, torch VARCHAR, sizes BIGINT[], "inner" STRUCT(flag BOOLEAN))",
      "text": "VARCHAR",
    }
  `)
  const { schema } = parquetMetadata(arrayBuffer(written()))
  expect(schema.find(({ name }) => name === 'id')?.repetition_type).toBe('REQUIRED')
  expect(schema.find(({ name }) => name === 'text')?.repetition_type).toBe('OPTIONAL')
})

test('equal rows give equal bytes, and the file says what it is', () => {
  const [first, second] = [written(), written(structuredClone([rows]))]
  expect(Buffer.compare(first, second)).toBe(0)
  const metadata = parquetMetadata(arrayBuffer(first))
  expect(metadata.created_by).toBe('nx-isobench')
  expect(metadata.key_value_metadata).toEqual([{ key: 'isobench.schema', value: 'test/1' }])
  expect(metadata.row_groups[0]?.columns[0]?.meta_data?.codec).toBe('SNAPPY')
})

test('row groups are those given', async () => {
  const bytes = written([rows.slice(0, 1), rows.slice(1)])
  expect(parquetMetadata(arrayBuffer(bytes)).row_groups.map((group) => Number(group.num_rows))).toEqual([1, 2])
  expect(asJson(await queryParquet(bytes))).toEqual(rows)
})

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}
