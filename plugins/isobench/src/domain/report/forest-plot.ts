import type { CommitRecord } from '../../schema/record.ts'
import type { Verdict } from '../../schema/measurement.ts'
import { counted, interval, shortened, signedShare } from './format.ts'
import { type Content, type Markup, html } from './markup.ts'
import { improvementScale } from './scale.ts'
import { type Shape, chart, line, mark, text } from './svg.ts'

export const verdictShapes: Record<Verdict, Shape> = {
  improved: 'up',
  regressed: 'down',
  'no-change': 'square',
  inconclusive: 'circle',
  unmeasured: 'cross',
}

const mostNamed = 60
const width = 960

interface Row {
  readonly record: CommitRecord
  readonly effect: number
}

/**
 * The effects of all measured commits with their intervals, the largest improvement first. Up to 60 commits are named;
 * of more the picture as a whole counts, and the table names them. null without an effect.
 */
export function forestPlot(records: readonly CommitRecord[]): Markup | null {
  const rows = records
    .flatMap((record): Row[] =>
      record.performance_improvement === null ? [] : [{ record, effect: record.performance_improvement }],
    )
    .toSorted((a, b) => b.effect - a.effect || (a.record.instance_id < b.record.instance_id ? -1 : 1))
  if (rows.length === 0) return null
  const named = rows.length <= mostNamed
  const rowHeight = named ? 22 : Math.max(1.5, 720 / rows.length)
  const [left, right, top] = [named ? 190 : 16, width - (named ? 210 : 16), 8]
  const bottom = top + rows.length * rowHeight
  const scale = improvementScale(
    rows.flatMap(({ record, effect }) => [effect, ...(record.ci95 ?? [])]),
    [left, right],
    64,
  )
  const grid = scale.ticks.map((tick) => [
    line({ x: scale.at(tick), y: top }, { x: scale.at(tick), y: bottom }, tick === 0 ? 'zero' : 'grid'),
    text({ x: scale.at(tick), y: bottom + 18 }, signedShare(tick), 'middle'),
  ])
  const marks = rows.map((row, index) => forestRow(row, scale.at, top + (index + 0.5) * rowHeight, named, { left, right }))
  return chart(
    { id: 'forest', title: 'Effects of all measured commits', description: describe(rows) },
    { width, height: bottom + 46 },
    [
      grid,
      marks,
      text({ x: left, y: bottom + 38 }, '← head takes more time', 'start', 'label soft'),
      text({ x: right, y: bottom + 38 }, 'head takes less time →', 'end', 'label soft'),
    ],
  )
}

function forestRow(
  { record, effect }: Row,
  at: (improvement: number) => number,
  y: number,
  named: boolean,
  edges: { left: number; right: number },
): Content {
  const { verdict, ci95, instance_id: id } = record
  const range = ci95 === null ? '' : ` (${interval(ci95)})`
  const words = `${id}: ${verdict}, ${signedShare(effect)}${range}`
  return html`<g class="verdict-${verdict}">${ci95 !== null && line({ x: at(ci95[0]), y }, { x: at(ci95[1]), y }, 'whisker')}${mark(verdictShapes[verdict], { x: at(effect), y }, named ? 4.5 : 1.5, 'mark', words)}${
    named && [
      text({ x: edges.left - 12, y: y + 4 }, shortened(id, 24), 'end'),
      text({ x: edges.right + 12, y: y + 4 }, `${signedShare(effect)}${ci95 === null ? '' : ` [${signedShare(ci95[0])}, ${signedShare(ci95[1])}]`}`, 'start', 'label number'),
    ]
  }</g>`
}

function describe(rows: readonly Row[]): string {
  const [best, worst] = [rows[0]!, rows.at(-1)!]
  const shown = `${counted(rows.length, 'measured commit')} with 95 % intervals, from ${signedShare(best.effect)} (${best.record.instance_id})`
  return `${shown} to ${signedShare(worst.effect)} (${worst.record.instance_id}). The table of commits holds the same figures.`
}
