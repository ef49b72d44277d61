import type { CommitRecord } from '../../schema/record.ts'
import type { Verdict } from '../../schema/measurement.ts'
import { counted, interval, shortened, signedShare, tickShare } from './format.ts'
import { type Content, type Markup, html } from './markup.ts'
import { improvementScale } from './scale.ts'
import { type Shape, chart, group, line, mark, text } from './svg.ts'

export const verdictShapes: Record<Verdict, Shape> = {
  improved: 'up',
  regressed: 'down',
  'no-change': 'square',
  inconclusive: 'circle',
  unmeasured: 'cross',
}

/** The drawing for a wide page has names and figures beside the axis, that for a phone has them above each line. */
const layouts = {
  wide: { width: 1150, left: 190, right: 880, rowHeight: 22 },
  narrow: { width: 358, left: 10, right: 348, rowHeight: 38 },
}
type Layout = keyof typeof layouts

const mostNamed = 60

interface Row {
  readonly record: CommitRecord
  readonly effect: number
}

/**
 * The effects of all measured commits with their intervals, the largest improvement first. Up to 60 commits are named;
 * of more the picture as a whole counts, and the table names them. null without an effect.
 */
export function forestPlot(records: readonly CommitRecord[], layout: Layout): Markup | null {
  const rows = records
    .flatMap((record): Row[] =>
      record.performance_improvement === null ? [] : [{ record, effect: record.performance_improvement }],
    )
    .toSorted((a, b) => b.effect - a.effect || (a.record.instance_id < b.record.instance_id ? -1 : 1))
  if (rows.length === 0) return null
  const named = rows.length <= mostNamed
  const { width, ...frame } = layouts[layout]
  const [left, right] = named ? [frame.left, frame.right] : [10, width - 10]
  const rowHeight = named ? frame.rowHeight : Math.max(1.5, 640 / rows.length)
  const bottom = 8 + rows.length * rowHeight
  const values = rows.flatMap(({ record, effect }) => [effect, ...(record.ci95 ?? [])])
  const scale = improvementScale(values, [left, right], 58)
  const described = {
    id: `forest-${layout}`,
    title: 'Effects of all measured commits',
    description: describe(rows),
  }
  return html`<div class="forest-${layout}">
    ${chart(described, { width, height: bottom + 46 }, [
      scale.ticks.map((tick) => [
        line({ x: scale.at(tick), y: 8 }, { x: scale.at(tick), y: bottom }, tick === 0 ? 'zero' : 'grid'),
        text({ x: scale.at(tick), y: bottom + 18 }, tickShare(tick), 'middle'),
      ]),
      rows.map((row, index) => {
        const top = 8 + index * rowHeight
        const y = top + (named && layout === 'narrow' ? 26 : rowHeight / 2)
        const className = `verdict-${row.record.verdict}${named ? '' : ' fine'}`
        return group(className, [interval95(row, scale.at, y, named), named && names(row, layout, y)])
      }),
      text({ x: left, y: bottom + 38 }, '← head takes more time', 'start', 'label soft'),
      text({ x: right, y: bottom + 38 }, 'head takes less time →', 'end', 'label soft'),
    ])}
  </div>`
}

function interval95({ record, effect }: Row, at: (improvement: number) => number, y: number, named: boolean): Content {
  const { verdict, ci95 } = record
  const range = ci95 === null ? '' : ` (${interval(ci95)})`
  const words = `${record.instance_id}: ${verdict}, ${signedShare(effect)}${range}`
  return [
    ci95 !== null && line({ x: at(ci95[0]), y }, { x: at(ci95[1]), y }, 'whisker'),
    mark(verdictShapes[verdict], { x: at(effect), y }, named ? 4.5 : 1.5, 'mark', words),
  ]
}

function names({ record, effect }: Row, layout: Layout, y: number): Content {
  const { left, right } = layouts[layout]
  const name = shortened(record.instance_id, 24)
  if (layout === 'narrow') {
    return [
      text({ x: left, y: y - 12 }, name, 'start', 'label soft'),
      text({ x: right, y: y - 12 }, signedShare(effect), 'end', 'label number'),
    ]
  }
  const range = record.ci95 === null ? '' : ` (${interval(record.ci95)})`
  return [
    text({ x: left - 16, y: y + 4 }, name, 'end'),
    text({ x: right + 16, y: y + 4 }, `${signedShare(effect)}${range}`, 'start', 'label number'),
  ]
}

function describe(rows: readonly Row[]): string {
  const [best, worst] = [rows[0]!, rows.at(-1)!]
  const shown = `${counted(rows.length, 'measured commit')} with 95 % intervals, from ${signedShare(best.effect)} (${best.record.instance_id})`
  return `${shown} to ${signedShare(worst.effect)} (${worst.record.instance_id}). The table of commits holds the same figures.`
}
