import type { CommitRecord } from '../../schema/record.ts'
import { observationOf } from '../observation.ts'
import { seriesOf } from '../series.ts'
import { commitLink } from './badges.ts'
import { counted, day, signedShare } from './format.ts'
import { type ApiHistory, type Axes, apiHistories, sharedAxes, sparkline } from './history.ts'
import { type Content, type Markup, html, joined } from './markup.ts'
import { seriesSection } from './series-section.ts'
import { code, section, table } from './table.ts'
import { verdictSigns } from './words.ts'

/** How the speed of each API changed from commit to commit, and where it became worse. */
export function historyPage(records: readonly CommitRecord[]): Content {
  const series = seriesOf(records.flatMap((record) => observationOf(record) ?? []))
  const histories = apiHistories(records)
  const regressions = records.filter(({ verdict }) => verdict === 'regressed')
  const first = records[0]?.commit_date
  const last = records.at(-1)?.commit_date
  const axes = sharedAxes(records)
  return [
    html`<h1>History</h1>
      <p class="lead">
        The effect of each measured commit on the APIs that it changed, over the date of the
        commit${first !== undefined && last !== undefined && ` from ${day(first)} to ${day(last)}`}. Above the line is
        less time; all rows share both axes. Effects of different commits come from different tests, so they do not add
        up; times of the same test stand below.
      </p> `,
    section(
      'regressions',
      'Regressions',
      regressions.length === 0
        ? html`<p>No commit is known to have made anything slower.</p>`
        : regressionTable(regressions),
    ),
    seriesSection(series, records),
    section(
      'apis',
      'APIs',
      histories.length === 0
        ? html`<p>No measured commit changed a public API.</p>`
        : table(
            counted(histories.length, 'API'),
            headings,
            histories.map((history, index) => historyRow(history, index, axes)),
          ),
    ),
  ]
}

const headings = [
  { name: 'API' },
  { name: 'Commits', isNumber: true },
  { name: 'Effects over time' },
  { name: 'Measured, oldest first' },
]

function historyRow(history: ApiHistory, index: number, axes: Axes): readonly Content[] {
  return [
    code(history.api),
    history.records.length,
    sparkline(history, `history-${index + 1}`, axes),
    joined(history.measured.map(signedLink), ', '),
  ]
}

function signedLink(record: CommitRecord): Markup {
  const { performance_improvement: effect, verdict } = record
  return html`<span class="history verdict-${verdict}"
    ><span class="sign" aria-hidden="true">${verdictSigns[verdict]}</span> ${commitLink(record)}
    <span class="hidden">${verdict}</span> ${effect === null ? '' : signedShare(effect)}</span
  >`
}

function regressionTable(regressions: readonly CommitRecord[]): Markup {
  return table(
    counted(regressions.length, 'regression'),
    [{ name: 'Commit' }, { name: 'Date' }, { name: 'Effect', isNumber: true }, { name: 'APIs' }],
    regressions.map((record) => [
      commitLink(record),
      day(record.commit_date),
      record.performance_improvement === null ? '–' : signedShare(record.performance_improvement),
      joined(record.affected_apis.map(code), ', '),
    ]),
  )
}
