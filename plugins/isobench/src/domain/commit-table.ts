import { z } from 'zod'
import { CommitHash, Slug } from '../schema/primitives.ts'
import { IsobenchError } from '../errors.ts'

const isOne = z.string().transform((value) => value === '1')
const text = z.string().default('')

/** A pair of the ancestor's table: what it is, and what the ancestor's runs made of it. */
export const TablePair = z.object({
  repo: Slug,
  head: CommitHash,
  base: CommitHash,
  date: z
    .string()
    .refine((value) => value === '' || !Number.isNaN(Date.parse(value)), 'must be a date')
    .default(''),
  subject: text,
  pr: text,
  model: text,
  perf_command: text,
  in_final54: isOne.default(false),
  v2_generated_test_status: text,
  native_full_status: text,
  modal_3way_status: text,
})
export type TablePair = z.infer<typeof TablePair>

/** The pairs of a table, and one line for each row that is none. */
export interface CommitTable {
  readonly pairs: readonly TablePair[]
  readonly invalid: readonly string[]
}

/**
 * Reads tab-separated lines under a header; a field in double quotes doubles the quotes that it holds.
 * @param file the path that messages name
 * @throws IsobenchError `bad-input` when the header lacks `repo`, `head` or `base`
 */
export function parseCommitTable(content: string, file: string): CommitTable {
  const [header = [], ...rows] = content
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/\r$/, '').split('\t').map(unquoted))
  const missing = ['repo', 'head', 'base'].filter((name) => !header.includes(name))
  if (missing.length > 0) {
    throw new IsobenchError('bad-input', `${file}:1: no column: ${missing.join(', ')}`, {
      hint: 'the first line names the columns, parted by tabs',
    })
  }
  const pairs: TablePair[] = []
  const invalid: string[] = []
  for (const [index, fields] of rows.entries()) {
    const row = Object.fromEntries(header.map((key, column) => [key, fields[column] ?? '']))
    const problem = fields.length > header.length ? 'more fields than columns' : addPair(pairs, row)
    if (problem !== null) invalid.push(`${file}:${index + 2}: ${problem}`)
  }
  return { pairs, invalid }
}

function addPair(pairs: TablePair[], row: Record<string, string>): string | null {
  const { data, error } = TablePair.safeParse(row)
  if (data === undefined) return `${error.issues[0]!.message} at \`${error.issues[0]!.path.join('.')}\``
  if (data.head === data.base) return `base and head are the same commit: ${data.head}`
  if (pairs.some(({ repo, head }) => repo === data.repo && head === data.head))
    return `the pair is there already: ${data.head}`
  pairs.push(data)
  return null
}

/** What a person may want to know of a pair; empty where the table says nothing. */
export function pairNotes({ pr, model, perf_command: command }: TablePair): string {
  return [
    ...(pr === '' ? [] : [`pull request ${pr.split('/').at(-1)}`]),
    ...(model === '' || model === 'N/A' ? [] : [`model ${model.replaceAll(',', ', ')}`]),
    ...(command === '' ? [] : [command]),
  ].join('\n')
}

function unquoted(field: string): string {
  return /^".*"$/.test(field) ? field.slice(1, -1).replaceAll('""', '"') : field
}
