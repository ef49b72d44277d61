import { expect, test } from 'vitest'
import { z } from 'zod'
import { columnsOf } from '../../../plugins/isobench/src/domain/columns.ts'
import { parquetBytes } from '../../../plugins/isobench/src/domain/parquet.ts'
import type { ScanRules } from '../../../plugins/isobench/src/domain/secret-scan.ts'
import { type OpenableFile, scan as scanLogged } from '../../../plugins/isobench/src/stages/scan.ts'

const columns = columnsOf(z.object({ id: z.string(), notes: z.array(z.object({ text: z.string().nullable() })) }))
const key = `hf_${'a1B2'.repeat(9)}`

const file = (path: string, ...chunks: (string | Uint8Array)[]) => ({
  path,
  open: async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk)
  },
})
const scan = (files: readonly OpenableFile[], given: ScanRules): Promise<void> =>
  scanLogged(files, given, () => undefined)
const rules = { secrets: new Map<string, string>(), allowed: [] }
const note = (text: string | null) => [{ text: 'fine' }, { text }]

test('a planted key is found in text by line and column, also across chunks, and in Parquet by row and column', async () => {
  const rows = [
    { id: 'a', notes: note(null) },
    { id: 'b', notes: note(`token ${key}`) },
  ]
  const parquet = parquetBytes({ columns, rowGroups: [rows.slice(0, 1), rows.slice(1)], metadata: {} })
  const text = `first\nsecond ${key}\nthird /home/alice/x`
  await expect(scan([file('README.md', text.slice(0, 20), text.slice(20)), file('data/test.parquet', parquet)], rules))
    .rejects.toThrowErrorMatchingInlineSnapshot(`
    [IsobenchError: not fit to be published:
      README.md: line 2, column 8: Hugging Face token
      README.md: line 3, column 7: home folder: /home/alice/
      data/test.parquet: row 2, column \`notes\`: Hugging Face token]
  `)
})

test('a cell that is too large for a viewer is a finding', async () => {
  const parquet = parquetBytes({ columns, rowGroups: [[{ id: 'x'.repeat(1_000_001), notes: [] }]], metadata: {} })
  await expect(scan([file('data/test.parquet', parquet)], rules)).rejects.toThrow(
    'data/test.parquet: row 1, column `id`: 1000001 bytes in one cell, and 1000000 are allowed',
  )
})

test('nothing found is nothing said', async () => {
  const parquet = parquetBytes({ columns, rowGroups: [[{ id: 'a', notes: note('ok') }]], metadata: {} })
  await scan([file('README.md', '# Demo'), file('data/test.parquet', parquet), file('empty.json')], rules)
})

test('of many findings the first twenty are shown', async () => {
  await expect(scan([file('x.json', `${key}\n`.repeat(50))], rules)).rejects.toThrow('and 30 more')
})
