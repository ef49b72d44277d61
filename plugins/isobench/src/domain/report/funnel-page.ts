import type { CommitRecord } from '../../schema/record.ts'
import type { Funnel } from '../../schema/dataset.ts'
import { type Reason, hints, reasons } from '../../schema/outcome.ts'
import { commitLink, prose } from './badges.ts'
import { count, counted, shortened, unsigned } from './format.ts'
import { withoutHostPaths } from './host-paths.ts'
import { type Content, type Markup, html } from './markup.ts'
import { chart, rectangle, text } from './svg.ts'
import { code, said, scrolling, section, table } from './table.ts'

/** Where commits were lost and why. Every commit is in it: it ends at one stage for one reason, or is measured. */
export function funnelPage(funnel: Funnel, records: readonly CommitRecord[]): Content {
  const measured = funnel.stages.at(-1)?.passed ?? 0
  const lost = funnel.stages.flatMap((stage) => stage.lost)
  return [
    html`<h1>Where commits were lost</h1>
      <p class="lead">
        Of ${counted(funnel.commits, 'commit')}, ${count(measured)} ${measured === 1 ? 'has' : 'have'} a measurement. A
        commit that was lost keeps its row in the dataset, with the verdict unmeasured and the reason below.
      </p> `,
    section('stages', 'Stages', [
      scrolling('Commits that passed each stage', funnelChart(funnel)),
      table(
        'Commits at each stage',
        [
          { name: 'Stage' },
          { name: 'Entered', isNumber: true },
          { name: 'Passed', isNumber: true },
          { name: 'Lost', isNumber: true },
          { name: 'Lost to' },
        ],
        funnel.stages.map((stage) => [
          code(stage.stage),
          count(stage.entered),
          count(stage.passed),
          count(stage.entered - stage.passed),
          stage.lost.map(({ reason, commits }) => html`<a class="chip" href="#${reason}">${reason} ${commits}</a> `),
        ]),
      ),
    ]),
    lost.length > 0 &&
      section(
        'reasons',
        'Reasons',
        [...new Set(lost.map(({ reason }) => reason))].map((reason) => reasonBlock(reason, records)),
      ),
  ]
}

function reasonBlock(reason: Reason, records: readonly CommitRecord[]): Markup {
  const some = records.filter((record) => record.reason === reason)
  return html`<section aria-labelledby="${reason}">
    <h3 id="${reason}">${code(reason)} <span class="soft">${counted(some.length, 'commit')}</span></h3>
    <p>
      ${prose(reasons[reason])}${hints[reason] !== null && html` <strong>What helps:</strong> ${prose(hints[reason])}`}
    </p>
    <ul class="losses">
      ${some.map(
        (record) =>
          html`<li>
            ${commitLink(record)}${record.reason_side !== null && ` on ${record.reason_side}`}${record.reason_message !== null && html`: ${said(shortened(withoutHostPaths(record.reason_message), 300))}`}
          </li>`,
      )}
    </ul>
  </section> `
}

const [barLeft, barWidth, rowHeight] = [150, 620, 34]

function funnelChart({ stages, commits }: Funnel): Markup {
  const rows = [
    { name: 'commits', left: commits },
    ...stages.map(({ stage, passed }) => ({ name: stage, left: passed })),
  ]
  const description = rows.map(({ name, left }) => `${name} ${left}`).join(', ')
  return chart(
    { id: 'funnel', title: 'Commits left after each stage', description },
    { width: barLeft + barWidth + 110, height: rows.length * rowHeight + 8 },
    rows.map(({ name, left }, index) => {
      const [share, y] = [commits === 0 ? 0 : left / commits, 4 + index * rowHeight]
      const end = barLeft + barWidth * share
      return [
        text({ x: barLeft - 12, y: y + 17 }, name, 'end'),
        rectangle({ x: barLeft, y }, { x: barLeft + barWidth, y: y + 24 }, 'bar-rest'),
        rectangle({ x: barLeft, y }, { x: end, y: y + 24 }, 'bar'),
        text(
          { x: barLeft + barWidth + 12, y: y + 17 },
          `${count(left)}${commits === 0 ? '' : ` (${unsigned(share)})`}`,
          'start',
          'label number',
        ),
      ]
    }),
  )
}
