import type { CommitRecord } from '../../schema/record.ts'
import { counted, interval, signedShare, tickShare } from './format.ts'
import type { Markup } from './markup.ts'
import type { Samples } from './samples.ts'
import { improvementScale, linearScale } from './scale.ts'
import { chart, line, mark, rectangle, text } from './svg.ts'

const size = { width: 520, height: 272 }
const plot = { left: 66, right: 508, top: 12, bottom: 226 }

/** What each pair alone would say, with the estimate over all of them and its interval. Needs at least one pair. */
export function ratioChart(
  { pairs }: Samples,
  { performance_improvement: estimate, ci95 }: Pick<CommitRecord, 'performance_improvement' | 'ci95'>,
): Markup {
  const improvements = pairs.map(({ logRatio }) => -Math.expm1(logRatio))
  const x = linearScale([1, pairs.length], [plot.left + 10, plot.right - 4], 8)
  const y = improvementScale([...improvements, ...(ci95 ?? [])], [plot.bottom, plot.top], 24)
  const [from, to] = [plot.left, plot.right]
  const range = ci95 === null ? '' : `, ${interval(ci95)}`
  const whole = estimate === null ? '' : `. The estimate over all is ${signedShare(estimate)}${range}`
  const described = {
    id: 'ratios-chart',
    title: 'Improvement in each pair',
    description: `${counted(pairs.length, 'pair')}, above zero where head took less time${whole}. Hollow marks do not count.`,
  }
  return chart(described, size, [
    ci95 !== null && rectangle({ x: from, y: y.at(ci95[1]) }, { x: to, y: y.at(ci95[0]) }, 'band'),
    y.ticks.map((tick) => [
      line({ x: from, y: y.at(tick) }, { x: to, y: y.at(tick) }, tick === 0 ? 'zero' : 'grid'),
      text({ x: from - 8, y: y.at(tick) + 4 }, tickShare(tick), 'end'),
    ]),
    x.ticks
      .filter((tick) => Number.isInteger(tick) && tick >= 1)
      .map((tick) => text({ x: x.at(tick), y: plot.bottom + 20 }, String(tick), 'middle')),
    text({ x: from, y: plot.bottom + 38 }, '↑ head takes less time', 'start', 'label soft'),
    text({ x: to, y: plot.bottom + 38 }, 'pair →', 'end', 'label soft'),
    estimate !== null && line({ x: from, y: y.at(estimate) }, { x: to, y: y.at(estimate) }, 'median side-head'),
    pairs.map(({ pair, excluded }, index) =>
      mark(
        'diamond',
        { x: x.at(index + 1), y: y.at(improvements[index]!) },
        5,
        `${excluded === null ? 'mark' : 'hollow'} side-head`,
        `pair ${pair + 1}: ${signedShare(improvements[index]!)}${excluded === null ? '' : `, excluded: ${excluded}`}`,
      ),
    ),
  ])
}
