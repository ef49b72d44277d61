import type { Side } from '../../schema/outcome.ts'
import { median } from '../hodges-lehmann.ts'
import { time, timeUnit } from './format.ts'
import type { Content, Markup } from './markup.ts'
import type { SampleProcess, Samples } from './samples.ts'
import { linearScale } from './scale.ts'
import { type Point, type Shape, chart, line, mark, text } from './svg.ts'

const size = { width: 520, height: 272 }
const plot = { left: 56, right: 372, top: 12, bottom: 226 }
/** Where the strips of the two sides stand, right of the processes in their order. */
const strips: Record<Side, number> = { base: 414, head: 478 }
const halfStrip = 24
const sideShapes: Record<Side, Shape> = { base: 'square', head: 'circle' }

/**
 * Seconds of every timed process in the order in which they ran, and on the same axis one strip a side: drift is seen
 * at the left, how much the sides overlap at the right. Needs at least one process.
 */
export function sampleChart({ processes }: Samples): Markup {
  const x = linearScale([1, processes.length], [plot.left, plot.right], 6)
  const y = linearScale(
    processes.map(({ seconds }) => seconds),
    [plot.bottom, plot.top],
    5,
  )
  const unit = timeUnit(y.ticks.at(-1) ?? processes[0]!.seconds)
  const medians = medianOfSides(processes)
  const words = medians.map(({ side, seconds }) => `; median of ${side} ${time(seconds)}`).join('')
  const described = {
    id: 'samples-chart',
    title: 'Times of base and head in the order in which they ran',
    description: `${processes.length} processes${words}. Hollow marks do not count.`,
  }
  return chart(described, size, [
    y.ticks.map((tick) => [
      line({ x: plot.left, y: y.at(tick) }, { x: strips.head + halfStrip, y: y.at(tick) }, 'grid'),
      text({ x: plot.left - 8, y: y.at(tick) + 4 }, String(Number((tick / unit.seconds).toPrecision(6))), 'end'),
    ]),
    text({ x: plot.left - 8, y: plot.bottom + 38 }, `${unit.unit} a call`, 'start', 'label soft'),
    x.ticks
      .filter((tick) => Number.isInteger(tick) && tick >= 1)
      .map((tick) => text({ x: x.at(tick), y: plot.bottom + 20 }, String(tick), 'middle')),
    text({ x: plot.right, y: plot.bottom + 38 }, 'process →', 'end', 'label soft'),
    medians.map(({ side, seconds }) => [
      line({ x: plot.left, y: y.at(seconds) }, { x: plot.right, y: y.at(seconds) }, `median faint side-${side}`),
      line(
        { x: strips[side] - halfStrip, y: y.at(seconds) },
        { x: strips[side] + halfStrip, y: y.at(seconds) },
        `median side-${side}`,
      ),
      text({ x: strips[side], y: plot.bottom + 20 }, side, 'middle', `label side-${side}`),
    ]),
    processes.map((process, index) => [
      processMark(process, { x: x.at(index + 1), y: y.at(process.seconds) }),
      processMark(process, { x: strips[process.side] + spreadOf(process), y: y.at(process.seconds) }),
    ]),
  ])
}

function processMark({ side, pair, seconds, excluded }: SampleProcess, at: Point): Content {
  const words = `${side}, pair ${pair + 1}: ${time(seconds)}${excluded === null ? '' : `, excluded: ${excluded}`}`
  return mark(sideShapes[side], at, 3.5, `${excluded === null ? 'mark' : 'hollow'} side-${side}`, words)
}

/** Marks of one strip stand beside each other, so that equal times are both seen. */
function spreadOf({ pair }: SampleProcess): number {
  return ((pair * 5) % 9) * 4 - 16
}

function medianOfSides(processes: readonly SampleProcess[]): { side: Side; seconds: number }[] {
  return (['base', 'head'] as const).flatMap((side) => {
    const seconds = processes.flatMap((each) => (each.side === side && each.excluded === null ? [each.seconds] : []))
    return seconds.length === 0 ? [] : [{ side, seconds: median(seconds) }]
  })
}
