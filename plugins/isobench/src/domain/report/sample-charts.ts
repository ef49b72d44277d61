import type { CommitRecord } from '../../schema/record.ts'
import type { Side } from '../../schema/outcome.ts'
import { median } from '../hodges-lehmann.ts'
import { counted, interval, signedShare, time, timeUnit } from './format.ts'
import type { Content, Markup } from './markup.ts'
import type { SampleProcess, Samples } from './samples.ts'
import { type Scale, improvementScale, linearScale } from './scale.ts'
import { type Point, type Shape, chart, line, mark, rectangle, text } from './svg.ts'

const width = 560
const plot = { left: 62, right: width - 12, top: 12 }
const sideShapes: Record<Side, Shape> = { base: 'square', head: 'circle' }

/** Seconds of every timed process in the order in which they ran, with the median of each side. */
export function runOrderChart({ processes }: Samples): Markup {
  const bottom = 220
  const x = linearScale([1, processes.length], [plot.left, plot.right], 8)
  const y = linearScale(
    processes.map(({ seconds }) => seconds),
    [bottom, plot.top],
    5,
  )
  const medians = medianOfSides(processes)
  return chart(
    {
      id: 'run-order',
      title: 'Processes in the order in which they ran',
      description: `${processes.length} processes${medianWords(medians)}. Hollow marks do not count.`,
    },
    { width, height: bottom + 42 },
    [
      timeGrid(y, bottom),
      x.ticks.filter(Number.isInteger).map((tick) => text({ x: x.at(tick), y: bottom + 18 }, String(tick), 'middle')),
      text({ x: plot.right, y: bottom + 36 }, 'process →', 'end', 'label soft'),
      medians.map(({ side, seconds }) => line({ x: plot.left, y: y.at(seconds) }, { x: plot.right, y: y.at(seconds) }, `median side-${side}`)),
      processes.map((process, index) => processMark(process, { x: x.at(index + 1), y: y.at(process.seconds) })),
    ],
  )
}

/** The same seconds, one strip a side: how much the two overlap. */
export function stripChart({ processes }: Samples): Markup {
  const rows: Record<Side, number> = { base: 38, head: 96 }
  const bottom = 130
  const x = linearScale(
    processes.map(({ seconds }) => seconds),
    [plot.left, plot.right],
    5,
  )
  const medians = medianOfSides(processes)
  const unit = timeUnit(Math.max(...x.ticks))
  return chart(
    {
      id: 'strips',
      title: 'Times of base and head',
      description: `One mark a process${medianWords(medians)}. Hollow marks do not count.`,
    },
    { width, height: bottom + 42 },
    [
      x.ticks.map((tick) => [
        line({ x: x.at(tick), y: plot.top }, { x: x.at(tick), y: bottom }, 'grid'),
        text({ x: x.at(tick), y: bottom + 18 }, tickOf(tick, unit.seconds), 'middle'),
      ]),
      text({ x: plot.right, y: bottom + 36 }, `${unit.unit} a call →`, 'end', 'label soft'),
      (['base', 'head'] as const).map((side) => text({ x: plot.left - 14, y: rows[side] + 4 }, side, 'end', `label side-${side}`)),
      medians.map(({ side, seconds }) => line({ x: x.at(seconds), y: rows[side] - 20 }, { x: x.at(seconds), y: rows[side] + 20 }, `median side-${side}`)),
      processes.map((process) => processMark(process, { x: x.at(process.seconds), y: rows[process.side] + spreadOf(process) })),
    ],
  )
}

/** What each pair alone would say, with the estimate over all of them and its interval. */
export function ratioChart({ pairs }: Samples, { performance_improvement: estimate, ci95 }: CommitRecord): Markup {
  const bottom = 220
  const improvements = pairs.map(({ logRatio }) => -Math.expm1(logRatio))
  const x = linearScale([1, pairs.length], [plot.left + 12, plot.right - 6], 8)
  const y = improvementScale([...improvements, ...(ci95 ?? [])], [bottom, plot.top], 24)
  const [from, to] = [plot.left, plot.right]
  const whole = estimate === null ? '' : `. The estimate over all is ${signedShare(estimate)}${ci95 === null ? '' : `, ${interval(ci95)}`}`
  return chart(
    {
      id: 'ratios',
      title: 'Improvement in each pair',
      description: `${counted(pairs.length, 'pair')}, above zero where head took less time${whole}. Hollow marks do not count.`,
    },
    { width, height: bottom + 42 },
    [
      ci95 !== null && rectangle({ x: from, y: y.at(ci95[1]) }, { x: to, y: y.at(ci95[0]) }, 'band'),
      y.ticks.map((tick) => [
        line({ x: from, y: y.at(tick) }, { x: to, y: y.at(tick) }, tick === 0 ? 'zero' : 'grid'),
        text({ x: from - 8, y: y.at(tick) + 4 }, signedShare(tick).replace('.0 %', ' %'), 'end'),
      ]),
      x.ticks.filter(Number.isInteger).map((tick) => text({ x: x.at(tick), y: bottom + 18 }, String(tick), 'middle')),
      text({ x: to, y: bottom + 36 }, 'pair →', 'end', 'label soft'),
      estimate !== null && line({ x: from, y: y.at(estimate) }, { x: to, y: y.at(estimate) }, 'median side-head'),
      pairs.map(({ pair, excluded }, index) =>
        mark(
          'diamond',
          { x: x.at(index + 1), y: y.at(improvements[index]!) },
          5,
          excluded === null ? 'mark side-head' : 'hollow side-head',
          `pair ${pair + 1}: ${signedShare(improvements[index]!)}${excluded === null ? '' : `, excluded: ${excluded}`}`,
        ),
      ),
    ],
  )
}

function processMark({ side, pair, seconds, excluded }: SampleProcess, at: Point): Content {
  const words = `${side}, pair ${pair + 1}: ${time(seconds)}${excluded === null ? '' : `, excluded: ${excluded}`}`
  return mark(sideShapes[side], at, 4, `${excluded === null ? 'mark' : 'hollow'} side-${side}`, words)
}

function timeGrid(scale: Scale, bottom: number): Content {
  const unit = timeUnit(Math.max(...scale.ticks))
  return [
    scale.ticks.map((tick) => [
      line({ x: plot.left, y: scale.at(tick) }, { x: plot.right, y: scale.at(tick) }, 'grid'),
      text({ x: plot.left - 8, y: scale.at(tick) + 4 }, tickOf(tick, unit.seconds), 'end'),
    ]),
    text({ x: plot.left, y: bottom + 36 }, `↑ ${unit.unit} a call`, 'start', 'label soft'),
  ]
}

function tickOf(seconds: number, unitSeconds: number): string {
  return String(Number((seconds / unitSeconds).toPrecision(6)))
}

/** Marks of one strip stand at different heights, so that equal times are both seen. */
function spreadOf({ pair }: SampleProcess): number {
  return ((pair * 5) % 9) * 3 - 12
}

function medianOfSides(processes: readonly SampleProcess[]): { side: Side; seconds: number }[] {
  return (['base', 'head'] as const).flatMap((side) => {
    const seconds = processes.flatMap((each) => (each.side === side && each.excluded === null ? [each.seconds] : []))
    return seconds.length === 0 ? [] : [{ side, seconds: median(seconds) }]
  })
}

function medianWords(medians: readonly { side: Side; seconds: number }[]): string {
  return medians.map(({ side, seconds }) => `; median of ${side} ${time(seconds)}`).join('')
}
