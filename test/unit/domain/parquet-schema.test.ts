import { expect, test } from 'vitest'
import { z } from 'zod'
import { columnsOf } from '../../../plugins/isobench/src/domain/columns.ts'
import { parquetSchema, parquetValue } from '../../../plugins/isobench/src/domain/parquet-schema.ts'

const columns = columnsOf(
  z.object({
    id: z.string(),
    runs: z.array(z.object({ seconds: z.number(), pair: z.int().nullable() })).nullable(),
    passed: z.boolean(),
  }),
)

test('the schema is flat, in preorder, with three-level lists', () => {
  expect(parquetSchema(columns)).toMatchInlineSnapshot(`
    [
      {
        "name": "schema",
        "num_children": 3,
      },
      {
        "converted_type": "UTF8",
        "name": "id",
        "repetition_type": "REQUIRED",
        "type": "BYTE_ARRAY",
      },
      {
        "converted_type": "LIST",
        "name": "runs",
        "num_children": 1,
        "repetition_type": "OPTIONAL",
      },
      {
        "name": "list",
        "num_children": 1,
        "repetition_type": "REPEATED",
      },
      {
        "name": "element",
        "num_children": 2,
        "repetition_type": "REQUIRED",
      },
      {
        "name": "seconds",
        "repetition_type": "REQUIRED",
        "type": "DOUBLE",
      },
      {
        "name": "pair",
        "repetition_type": "OPTIONAL",
        "type": "INT64",
      },
      {
        "name": "passed",
        "repetition_type": "REQUIRED",
        "type": "BOOLEAN",
      },
    ]
  `)
})

test('integers become BigInt and structs keep exactly the fields of the schema', () => {
  const [, runs] = columns
  expect(
    parquetValue(runs!.type, [
      { pair: 3, seconds: 3, other: 'x' },
      { pair: null, seconds: 0.5 },
    ]),
  ).toEqual([
    { seconds: 3, pair: 3n },
    { seconds: 0.5, pair: null },
  ])
  expect(parquetValue(runs!.type, null)).toBeNull()
})
