import { expect, test } from 'vitest'
import { z } from 'zod'
import { arrowBytes } from '../../../plugins/isobench/src/domain/arrow-size.ts'
import { columnsOf } from '../../../plugins/isobench/src/domain/columns.ts'

const type = {
  kind: 'struct',
  fields: columnsOf(
    z.object({
      text: z.string().nullable(),
      count: z.int().nullable(),
      passed: z.boolean(),
      sides: z.array(z.object({ effect: z.number(), name: z.string() })).nullable(),
      inner: z.object({ effect: z.number() }).nullable(),
    }),
  ),
} as const

test('text counts its UTF-8 bytes, lists their elements, both an offset', () => {
  const row = { text: 'ß', count: 1, passed: true, sides: [{ effect: 1, name: 'ab' }], inner: { effect: 2 } }
  expect(arrowBytes(type, row)).toBe(4 + 2 + 8 + 1 / 8 + 4 + (8 + 4 + 2) + 8)
})

test('a null keeps its fixed part', () => {
  const row = { text: null, count: null, passed: false, sides: null, inner: null }
  expect(arrowBytes(type, row)).toBe(4 + 8 + 1 / 8 + 4 + 8)
})
