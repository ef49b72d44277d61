import type { CommitRecord } from '../../schema/record.ts'
import { Verdict } from '../../schema/measurement.ts'
import type { CardData } from '../card-data.ts'
import { commitLink, verdictBadge } from './badges.ts'
import { count, counted, day, interval, probability, shortened, signedShare, unsigned } from './format.ts'
import { forestPlot } from './forest-plot.ts'
import { type Content, type Markup, html, joined } from './markup.ts'
import { code, said, scrolling, section } from './table.ts'
import { verdictSigns } from './words.ts'

/** The first page: what this is, how many commits have each verdict, all effects, and the table of all commits. */
export function overviewPage(card: CardData, records: readonly CommitRecord[]): Content {
  const forests = [forestPlot(records, 'wide'), forestPlot(records, 'narrow')]
  return [
    html`<h1><bdi>${card.title}</bdi></h1>
      ${card.description !== null && html`<p class="lead"><bdi>${card.description}</bdi></p>`}
      <p class="lead">
        ${counted(card.commits, 'commit')}${dates(card)}, each of which is compared with its base: one efficiency test,
        equal bytes on both sides, run in fresh interleaved processes. The effect is the Hodges–Lehmann estimate over
        the paired log ratios, the interval holds 95 %, and the p value is that of the exact signed-rank test with looks
        fixed in advance.
      </p> `,
    section('verdicts', 'Verdicts', [verdictTiles(card), remarks(card)]),
    section('effects', 'Effects', forests.includes(null) ? html`<p>No commit was measured.</p>` : forests),
    section('commits', 'Commits', [filters(records), commitTable(records)]),
  ]
}

function dates({ first_date: first, last_date: last }: CardData): string {
  return first === null || last === null ? '' : ` from ${day(first)} to ${day(last)}`
}

function verdictTiles({ verdicts, commits }: CardData): Markup {
  return html`<ul class="tiles">
    ${verdicts.map(
      ({ verdict, commits: some }) =>
        html`<li class="verdict-${verdict}">
          <span class="tile-count">${count(some)}</span>
          <span class="tile-name"><span aria-hidden="true">${verdictSigns[verdict]}</span> ${verdict}</span>
          <span class="tile-share">${unsigned(some / commits)}</span>
        </li>`,
    )}
  </ul>`
}

/** What a reader must know of the verdicts as a whole. */
function remarks({ false_discovery: found, controls, noise_floor: floor }: CardData): Content {
  const sentences = [
    found.verdicts === 0
      ? ''
      : `${found.hold} of the ${counted(found.verdicts, 'verdict')} improved and regressed hold at a false discovery rate of ${unsigned(found.rate)} (Benjamini–Hochberg over ${counted(found.tested, 'measured commit')}).`,
    controls.false_positive_rate === null || controls.upper_bound === null
      ? 'No control was measured, so how often identical code would be called faster or slower here is not known.'
      : `Base measured against itself was called different in ${controls.rejected} of ${counted(controls.measured, 'control')} (at most ${unsigned(controls.upper_bound)} with ${unsigned(controls.confidence)} confidence).`,
    floor === null ? '' : `Neighbouring processes of one side differ by ${unsigned(floor)} (median).`,
  ]
  return html`<p class="soft">${sentences.filter((sentence) => sentence !== '').join(' ')}</p>`
}

/** Hidden until the script is there: without it they would do nothing. */
function filters(records: readonly CommitRecord[]): Markup {
  const repositories = [...new Set(records.map(({ repository }) => repository))].toSorted()
  return html`<form class="filters" data-filters="commit-table" hidden>
      <label>Search <input type="search" name="text" autocomplete="off" spellcheck="false" /></label>
      <label
        >Verdict
        <select name="verdict">
          <option value="">all</option>
          ${options(Verdict.options)}
        </select></label
      >
      ${
        repositories.length > 1 &&
        html`<label
          >Repository
          <select name="repository">
            <option value="">all</option>
            ${options(repositories)}
          </select></label
        >`
      }
      <output aria-live="polite">${counted(records.length, 'commit')}</output>
    </form>
    <p class="soft">The effect is the time that head saves: +14 % is 14 % less time than base, −14 % is 14 % more.</p> `
}

function options(values: readonly string[]): Content {
  return values.map((value) => html`<option>${value}</option>`)
}

const headings: readonly { name: string; isNumber?: boolean }[] = [
  { name: 'Commit' },
  { name: 'Verdict' },
  { name: 'Effect', isNumber: true },
  { name: '95 % interval', isNumber: true },
  { name: 'p', isNumber: true },
  { name: 'Pairs', isNumber: true },
  { name: 'Date' },
  { name: 'Flags' },
]

function commitTable(records: readonly CommitRecord[]): Markup {
  return scrolling(
    'Table of commits',
    html`<table id="commit-table" class="commits">
      <caption class="hidden">
        Commits with their verdicts and effects
      </caption>
      <thead>
        <tr>
          ${headings.map(({ name, isNumber }) => html`<th scope="col" data-sort${isNumber === true && html` class="number"`}>${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${records.map(commitRow)}
      </tbody>
    </table>`,
  )
}

function commitRow(record: CommitRecord): Markup {
  const { instance_id: id, verdict, performance_improvement: effect, ci95, p_value: p, measurement } = record
  const claim =
    record.claim === null ? null : html`<span class="claim">Claim: ${said(shortened(record.claim, 200))}</span>`
  return html`<tr data-verdict="${verdict}" data-repository="${record.repository}">
    <th scope="row" data-value="${id}">
      ${commitLink(record)}<span class="subject">${said(shortened(record.commit_subject, 160))}</span>${claim}
    </th>
    <td data-value="${Verdict.options.indexOf(verdict)}">
      ${verdictBadge(verdict)}${record.reason !== null && html`<span class="reason">${code(record.reason)}</span>`}
    </td>
    ${figure(effect, effect === null ? '' : signedShare(effect))}${figure(ci95?.[0] ?? null, ci95 === null ? '' : interval(ci95))}${figure(p, p === null ? '' : probability(p))}${figure(record.status === 'measured' ? measurement.pairs : null, count(measurement.pairs))}
    <td data-value="${record.commit_date}" class="day">${day(record.commit_date)}</td>
    <td data-value="${measurement.flags.length}">
      ${joined(
        measurement.flags.map((flag) => html`<span class="flag">${flag}</span>`),
        ' ',
      )}
    </td>
  </tr> `
}

/** A figure; an empty cell where there is none, never a number in its place. */
function figure(value: number | null, words: string): Markup {
  return value === null
    ? html`<td class="number" data-value=""><span class="soft" aria-label="none">–</span></td>`
    : html`<td class="number" data-value="${value}">${words}</td>`
}
