import type { CommitRecord } from '../../schema/record.ts'
import type { CardData } from '../card-data.ts'
import { code, plainText } from '../card.ts'
import type { Changes } from './changes.ts'
import { count, counted, interval, probability, shortened, signedShare, unsigned } from './format.ts'
import { withoutHostPaths } from './host-paths.ts'

/** So many rows a table of a pull request has at most; the report has them all. */
const mostRows = 50

/**
 * The report in Markdown for a pull request: what changed since an earlier build where there is one, then the effects
 * that were found, those that nothing can be said of, and the commits that were lost.
 */
export function summaryMarkdown(card: CardData, records: readonly CommitRecord[], changes: Changes | null): string {
  const found = records.filter(({ verdict }) => verdict === 'improved' || verdict === 'regressed')
  const undecided = records.filter(({ verdict }) => verdict === 'inconclusive')
  const lost = records.filter(({ verdict }) => verdict === 'unmeasured')
  return [
    `## ${plainText(card.title)}`,
    countsLine(card),
    changes === null ? '' : changesBlock(changes),
    unexpectedBlock(records),
    block(
      'Faster or slower',
      found,
      ['commit', 'verdict', 'effect', '95 % interval', 'p', 'pairs', 'flags'],
      effectRow,
    ),
    block(
      'Inconclusive: nothing can be concluded, in either direction',
      undecided,
      ['commit', 'estimate', '95 % interval', 'would have been found', 'pairs', 'stopped by'],
      undecidedRow,
    ),
    block('Not measured', lost, ['commit', 'stage', 'reason', 'message'], lostRow),
  ]
    .filter((part) => part !== '')
    .map((part) => `${part}\n`)
    .join('\n')
}

function countsLine({ commits, verdicts }: CardData): string {
  const parts = verdicts.filter((each) => each.commits > 0).map((each) => `${count(each.commits)} ${each.verdict}`)
  return `${counted(commits, 'commit')}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}.`
}

function changesBlock({ added, removed, changed }: Changes): string {
  if (added.length + removed.length + changed.length === 0) return 'No verdict changed since the earlier build.'
  const rows = [
    ...changed.map(({ before, now }) => [
      idOf(now),
      `${before.verdict} ${effectOf(before)}`,
      `**${now.verdict}** ${effectOf(now)}`,
    ]),
    ...added.map((now) => [idOf(now), 'not there', `**${now.verdict}** ${effectOf(now)}`]),
    ...removed.map((before) => [idOf(before), `${before.verdict} ${effectOf(before)}`, 'not there any more']),
  ]
  return `### Changed since the earlier build\n\n${markdownTable(['commit', 'before', 'now'], rows)}`
}

/** Where what was measured is not what a person expected. */
function unexpectedBlock(records: readonly CommitRecord[]): string {
  const rows = records.filter(({ expected_verdict: expected, verdict }) => expected !== null && expected !== verdict)
  return block('Not as expected', rows, ['commit', 'expected', 'found', 'effect'], (record) => [
    idOf(record),
    record.expected_verdict ?? '',
    record.verdict,
    effectOf(record),
  ])
}

function block(
  title: string,
  records: readonly CommitRecord[],
  headings: readonly string[],
  row: (record: CommitRecord) => readonly string[],
): string {
  if (records.length === 0) return ''
  return `### ${title}\n\n${markdownTable(headings, records.map(row))}`
}

function effectRow(record: CommitRecord): string[] {
  return [
    idOf(record),
    record.verdict,
    effectOf(record),
    record.ci95 === null ? '' : interval(record.ci95),
    record.p_value === null ? '' : probability(record.p_value),
    count(record.measurement.pairs),
    record.measurement.flags.join(', '),
  ]
}

function undecidedRow(record: CommitRecord): string[] {
  const { minimum_detectable_effect: detectable, stopped_by: stopped, pairs } = record.measurement
  return [
    idOf(record),
    effectOf(record),
    record.ci95 === null ? '' : interval(record.ci95),
    detectable === null ? 'not known' : unsigned(detectable),
    count(pairs),
    stopped ?? '',
  ]
}

function lostRow(record: CommitRecord): string[] {
  return [
    idOf(record),
    record.stage ?? '',
    record.reason === null ? '' : code(record.reason),
    plainText(shortened(withoutHostPaths(record.reason_message ?? ''), 160)),
  ]
}

/** A table of Markdown; what is beyond the first rows is counted. */
export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, headings.map(() => '---'), ...rows.slice(0, mostRows)].map((row) => `| ${row.join(' | ')} |`)
  const more = rows.length - mostRows
  return more > 0 ? `${lines.join('\n')}\n\nand ${count(more)} more in the report` : lines.join('\n')
}

function idOf({ instance_id }: { instance_id: string }): string {
  return code(instance_id)
}

function effectOf({ performance_improvement: effect }: { performance_improvement: number | null }): string {
  return effect === null ? '' : signedShare(effect)
}
