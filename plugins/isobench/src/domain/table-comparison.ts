import type { CandidateFlag } from '../schema/analysis.ts'
import type { TablePair } from './commit-table.ts'

/** What is said here of a pair of the table. */
export interface JudgedPair {
  readonly pair: TablePair
  /** Whether the whole change was read, or the subject alone */
  readonly read: 'change' | 'subject'
  readonly flags: readonly CandidateFlag[]
  /** Where its wheels should be, by the settings and the date; one word or a layout of the wheel host */
  readonly wheels: string
}

/** What the ancestor's table says, counted beside each row. */
const columns: readonly (readonly [title: string, isCounted: (pair: TablePair) => boolean])[] = [
  ['pairs', () => true],
  ['final 54', (pair) => pair.in_final54],
  ['test ran', (pair) => pair.v2_generated_test_status === 'success'],
  ['test failed', (pair) => !['', 'success'].includes(pair.v2_generated_test_status)],
  ['3-way ran', (pair) => pair.modal_3way_status === 'success'],
  ['no wheel', (pair) => pair.native_full_status === 'no_wheel'],
]

/**
 * What filter and prediction say of the pairs, with what the ancestor's table says of the same pairs beside it: its
 * final set, whether its generated test ran, its three-way benchmark ran, and whether it found no wheel.
 */
export function comparisonLines(judged: readonly JudgedPair[]): string[] {
  const groups: [string, readonly JudgedPair[]][] = [
    ['all', judged],
    ...grouped(judged, ({ pair }) => [pair.repo]),
    ...filterGroups(judged, 'change', 'filter, whole change'),
    ...filterGroups(judged, 'subject', 'filter, subject alone'),
    ...grouped(judged, ({ wheels }) => [`wheels: ${wheels}`]),
  ]
  const rows = groups.map(([name, members]) => [name].concat(columns.map((column) => countedIn(members, column))))
  return aligned([['', ...columns.map(([title]) => title)], ...rows])
}

function countedIn(members: readonly JudgedPair[], [, isCounted]: (typeof columns)[number]): string {
  return String(members.filter(({ pair }) => isCounted(pair)).length)
}

function filterGroups(judged: readonly JudgedPair[], read: JudgedPair['read'], title: string) {
  const own = judged.filter((each) => each.read === read)
  return grouped(own, ({ flags }) =>
    flags.length === 0 ? [`${title}: candidate`] : flags.map((flag) => `${title}: ${flag}`),
  )
}

/** By name, in the order of the names; a pair counts for every name that it has. */
function grouped(judged: readonly JudgedPair[], namesOf: (each: JudgedPair) => readonly string[]) {
  const names = [...new Set(judged.flatMap(namesOf))].toSorted()
  return names.map((name): [string, JudgedPair[]] => [name, judged.filter((each) => namesOf(each).includes(name))])
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  '),
  )
}
