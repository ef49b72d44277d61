import type { CommitRecord } from '../../schema/record.ts'
import { day, signedShare } from './format.ts'
import { verdictShapes } from './forest-plot.ts'
import type { Markup } from './markup.ts'
import { improvementScale } from './scale.ts'
import { chart, group, line, mark } from './svg.ts'

/** The commits that changed one API, oldest first. */
export interface ApiHistory {
  readonly api: string
  readonly records: readonly CommitRecord[]
  readonly measured: readonly CommitRecord[]
}

/** One history an API that a measured commit changed, those with the most measured commits first. */
export function apiHistories(records: readonly CommitRecord[]): ApiHistory[] {
  const byApi = new Map<string, CommitRecord[]>()
  for (const record of records) {
    for (const api of new Set(record.affected_apis)) {
      const known = byApi.get(api)
      if (known === undefined) byApi.set(api, [record])
      else known.push(record)
    }
  }
  return [...byApi]
    .map(([api, all]) => ({
      api,
      records: all,
      measured: all.filter(({ status }) => status === 'measured'),
    }))
    .filter(({ measured }) => measured.length > 0)
    .toSorted((a, b) => b.measured.length - a.measured.length || (a.api < b.api ? -1 : 1))
}

/** Where days and effects stand: the same for all histories of a dataset, so that they can be compared. */
export interface Axes {
  readonly x: (instant: string) => number
  readonly y: (improvement: number) => number
}

const size = { width: 260, height: 44 }
const margin = 8

export function sharedAxes(records: readonly CommitRecord[]): Axes {
  const dates = records.map((record) => Date.parse(record.commit_date))
  const [first, last] = [Math.min(...dates), Math.max(...dates)]
  const [start, width] = [margin, size.width - 2 * margin]
  const effects = records.flatMap(({ performance_improvement: effect }) => effect ?? [])
  return {
    x: (instant) => start + width * (last === first ? 0.5 : (Date.parse(instant) - first) / (last - first)),
    y: improvementScale(effects, [size.height - margin, margin], 20).at,
  }
}

/** The effects of the measured commits over their dates; a regression is a triangle that points down. */
export function sparkline({ api, measured }: ApiHistory, id: string, axes: Axes): Markup {
  const zero = axes.y(0)
  return chart(
    {
      id,
      title: `Effects of commits on ${api}`,
      description: measured.map((record) => wordsOf(record)).join('; '),
    },
    size,
    [
      line({ x: 0, y: zero }, { x: size.width, y: zero }, 'zero'),
      measured.map((record) => {
        const [x, y] = [axes.x(record.commit_date), axes.y(record.performance_improvement ?? 0)]
        return group(`verdict-${record.verdict}`, [
          line({ x, y: zero }, { x, y }, 'whisker'),
          mark(verdictShapes[record.verdict], { x, y }, 4.5, 'mark', wordsOf(record)),
        ])
      }),
    ],
  )
}

function wordsOf({ commit_date, instance_id, verdict, performance_improvement: effect }: CommitRecord): string {
  return `${day(commit_date)} ${instance_id}: ${verdict}${effect === null ? '' : `, ${signedShare(effect)}`}`
}
