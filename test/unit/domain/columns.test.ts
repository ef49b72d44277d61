import { expect, test } from 'vitest'
import { z } from 'zod'
import { type Column, type ColumnType, columnsOf } from '../../../plugins/isobench/src/domain/columns.ts'
import { columnsTable } from '../../../plugins/isobench/src/domain/columns-table.ts'
import { CommitRecord } from '../../../plugins/isobench/src/schema/record.ts'

test('a zod object gives its columns', () => {
  const schema = z.object({
    version: z.literal(1).describe('Which | table'),
    name: z.string().regex(/x/),
    verdict: z.enum(['up', 'down']).describe('inner').nullable(),
    count: z.int().min(0),
    effect: z.number().positive().nullable().describe('outer'),
    passed: z.boolean(),
    interval: z.tuple([z.number(), z.number()]).nullable(),
    sides: z.array(z.object({ commit: z.string().nullable(), tags: z.array(z.string().nullable()) })),
  })
  expect(columnsTable(columnsOf(schema), { fields: true })).toMatchInlineSnapshot(`
    "| name | type | nullable | description |
    | --- | --- | --- | --- |
    | \`version\` | integer | no | Which \\| table |
    | \`name\` | text | no |  |
    | \`verdict\` | \`up\`, \`down\` | yes | inner |
    | \`count\` | integer | no |  |
    | \`effect\` | float | yes | outer |
    | \`passed\` | boolean | no |  |
    | \`interval\` | list of float | yes |  |
    | \`sides\` | list of struct | no |  |
    | \`sides[].commit\` | text | yes |  |
    | \`sides[].tags\` | list of text | no |  |
    "
  `)
  expect(columnsTable(columnsOf(schema), { fields: false })).not.toContain('sides[].commit')
  expect(columnsOf(schema).find(({ name }) => name === 'interval')).toEqual({
    name: 'interval',
    nullable: true,
    description: '',
    type: { kind: 'list', element: { kind: 'float' }, elementNullable: false },
  } satisfies Column)
})

test.each([
  ['free keys', z.record(z.string(), z.string())],
  ['a union', z.union([z.string(), z.number()])],
  ['an optional key', z.string().optional()],
  ['a tuple of different types', z.tuple([z.string(), z.number()])],
  ['a tuple with nullable and other members', z.tuple([z.number(), z.number().nullable()])],
  ['an empty tuple', z.tuple([])],
  ['a literal that is no column', z.literal([1, 'a'])],
  ['anything', z.unknown()],
])('%s has no column', (_, field) => {
  const schema = z.object({ outer: z.object({ list: z.array(z.object({ field })) }) })
  expect(() => columnsOf(schema)).toThrow(/^no column type for a .* at `outer\.list\[\]\.field`/)
})

test('every column of the record has a description and a known type', () => {
  const columns = columnsOf(CommitRecord)
  expect(columns.map(({ name }) => name)).toEqual(Object.keys(CommitRecord.shape))
  expect(columns.filter(({ description }) => description === '')).toEqual([])
  expect(leaves({ kind: 'struct', fields: columns })).toContain('integer')
  expect(columns.find(({ name }) => name === 'ci95')?.type.kind).toBe('list')
})

function leaves(type: ColumnType): string[] {
  if (type.kind === 'struct') return type.fields.flatMap((field) => leaves(field.type))
  return type.kind === 'list' ? leaves(type.element) : [type.kind]
}
