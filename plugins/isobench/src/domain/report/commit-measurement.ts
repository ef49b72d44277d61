import type { CommitRecord } from '../../schema/record.ts'
import type { Run } from '../../schema/run-bundle.ts'
import { verdictBadge } from './badges.ts'
import { counted, interval, memory, probability, signedShare, significant, time, unsigned } from './format.ts'
import { withoutHostPaths } from './host-paths.ts'
import { type Content, type Markup, html } from './markup.ts'
import type { Member } from './members.ts'
import { ratioChart } from './ratio-chart.ts'
import { sampleChart } from './sample-chart.ts'
import { type SamplePair, type Samples, failedProcesses, samplesOf } from './samples.ts'
import { code, facts, said, section, table, unknown } from './table.ts'
import { exclusionWords, flagWords, stoppedWords } from './words.ts'

/** What was measured of a commit, and what went wrong while it was. */
export function measurementSections(member: Member): Content {
  const { record } = member
  const samples = samplesOf(member)
  const failures = failedProcesses(member)
  const { controls, exclusions, secondary_metrics: metrics, flags } = record.measurement
  return [
    record.status === 'measured' && section('result', 'Result', [figures(member), flagList(flags)]),
    samples.pairs.length > 0 && section('samples', 'Samples', sampleFigures(samples, record)),
    failures.length > 0 && section('failures', 'Processes that failed', failures.map(failure)),
    exclusions.length > 0 &&
      section(
        'exclusions',
        'Excluded pairs',
        table(
          'Pairs that do not count, by telemetry and never by their time',
          [{ name: 'Reason' }, { name: 'Pairs', isNumber: true }, { name: 'What it means' }],
          exclusions.map(({ reason, pairs }) => [code(reason), pairs, exclusionWords[reason]]),
        ),
      ),
    controls.length > 0 && section('controls', 'Controls', controlTable(record)),
    metrics.length > 0 && section('metrics', 'Secondary metrics', metricTable(record)),
  ]
}

function figures({ record, measurement }: Member): Markup {
  const { performance_improvement: effect, ci95, p_value: p, measurement: figuresOf } = record
  const { minimum_detectable_effect: detectable, noise_floor: floor, peak_memory_bytes: peak } = figuresOf
  return facts([
    ['Improvement', effect === null ? unknown : signedShare(effect)],
    ['95 % interval', ci95 === null ? 'too few pairs' : interval(ci95)],
    ['p value', p === null ? unknown : probability(p)],
    ['Pairs', figuresOf.pairs],
    [
      'Detectable effect',
      detectable === null ? unknown : html`${unsigned(detectable)} <span class="soft">with a chance of 80 %</span>`,
    ],
    [
      'Noise floor',
      floor === null ? unknown : html`${unsigned(floor)} <span class="soft">between neighbours of one side</span>`,
    ],
    ['Stopped because', figuresOf.stopped_by === null ? unknown : stoppedWords[figuresOf.stopped_by]],
    ['Protocol', figuresOf.protocol === null ? unknown : protocolText(figuresOf)],
    ['Looks', measurement.decision.looks.length === 0 ? 'none' : `at ${measurement.decision.looks.join(', ')} pairs`],
    ['Output', digestWords[figuresOf.digest ?? 'absent']],
    ['Sandbox', figuresOf.sandbox ?? unknown],
    ['Peak memory', peak === null ? null : `base ${bytes(peak.base)}, head ${bytes(peak.head)}`],
  ])
}

/** A reader must see that somebody measured again: the session that is shown may be the one that pleased. */
function protocolText({ protocol, profile, session }: CommitRecord['measurement']): string {
  return `${protocol}, ${profile}${session !== null && session > 1 ? `, session ${session}` : ''}`
}

const digestWords = {
  match: 'equal on both sides',
  mismatch: 'differs between the sides',
  absent: 'not compared: the test gives no digest',
} as const

function bytes(value: number | null): string {
  return value === null ? 'not known' : memory(value)
}

function flagList(flags: CommitRecord['measurement']['flags']): Content {
  if (flags.length === 0) return null
  return html`<ul class="flags">
    ${flags.map((flag) => html`<li><span class="flag">${flag}</span> ${flagWords[flag]}</li>`)}
  </ul>`
}

function sampleFigures(samples: Samples, record: CommitRecord): Content {
  return [
    html`<p class="legend">
        <span class="side-base">■ base</span> <span class="side-head">● head</span>
        <span class="soft">hollow: excluded; lines: medians</span>
      </p>
      <div class="figures">
        <figure>
          ${sampleChart(samples)}
          <figcaption>Every process in the order in which they ran, and beside it each side by itself</figcaption>
        </figure>
        <figure>
          ${ratioChart(samples, record)}
          <figcaption>What each pair alone would say, with the estimate over all and its 95 % interval</figcaption>
        </figure>
      </div>
      <details>
        <summary>The same as a table</summary>
        ${table('Pairs in the order in which they ran', pairHeadings, samples.pairs.map(pairRow))}
      </details>`,
  ]
}

const pairHeadings = [
  { name: 'Pair', isNumber: true },
  { name: 'First' },
  { name: 'Base', isNumber: true },
  { name: 'Head', isNumber: true },
  { name: 'Improvement', isNumber: true },
  { name: 'Counts' },
]

function pairRow({ pair, first, baseSeconds, headSeconds, logRatio, excluded }: SamplePair): readonly Content[] {
  const counts = excluded === null ? 'yes' : `no: ${excluded}`
  return [pair + 1, first, time(baseSeconds), time(headSeconds), signedShare(-Math.expm1(logRatio)), counts]
}

function failure({ side, purpose, pair, result, message, exit_code: exit, stderr_tail: tail }: Run): Content {
  const when = pair === null ? purpose : `pair ${pair + 1}`
  return html`<p>
      <strong>${side}</strong>, ${when}:
      ${code(result)}${exit !== null && `, exit code ${exit}`}${message !== null && html`: ${said(withoutHostPaths(message))}`}
    </p>
    ${tail !== null && tail !== '' && html`<pre class="text" tabindex="0" aria-label="Error output of ${side}">${withoutHostPaths(tail)}</pre>`} `
}

function controlTable({ measurement }: CommitRecord): Content {
  return [
    html`<p>Base measured against base by the same rule, where there is no difference to find.</p>`,
    table(
      counted(measurement.controls.length, 'control'),
      [
        { name: 'Control' },
        { name: 'Verdict' },
        { name: 'Effect', isNumber: true },
        { name: '95 % interval', isNumber: true },
        { name: 'p', isNumber: true },
        { name: 'Pairs', isNumber: true },
      ],
      measurement.controls.map(({ kind, verdict, improvement, ci95, p_value: p, pairs }) => [
        kind === 'blind' ? 'blind: the very same installation' : 'second installation of base',
        [verdictBadge(verdict), verdict === 'improved' || verdict === 'regressed' ? ' (false)' : null],
        improvement === null ? unknown : signedShare(improvement),
        ci95 === null ? unknown : interval(ci95),
        p === null ? unknown : probability(p),
        pairs,
      ]),
    ),
  ]
}

function metricTable({ measurement }: CommitRecord): Content {
  return [
    html`<p>Compared over the same pairs. They never change the verdict.</p>`,
    table(
      'Medians of both sides',
      [
        { name: 'Metric' },
        { name: 'Better' },
        { name: 'Base', isNumber: true },
        { name: 'Head', isNumber: true },
        { name: 'Improvement', isNumber: true },
        { name: '95 % interval', isNumber: true },
        { name: 'p (Holm)', isNumber: true },
      ],
      measurement.secondary_metrics.map((metric) => [
        said(metric.name),
        metric.better,
        metric.base === null ? unknown : significant(metric.base),
        metric.head === null ? unknown : significant(metric.head),
        metric.improvement === null ? unknown : signedShare(metric.improvement),
        metric.ci95 === null ? unknown : interval(metric.ci95),
        metric.p_holm === null ? unknown : probability(metric.p_holm),
      ]),
    ),
  ]
}
