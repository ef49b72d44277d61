import type { CommitRecord } from '../../schema/record.ts'
import { day, signedShare } from './format.ts'
import { verdictShapes } from './forest-plot.ts'
import { type Markup, html } from './markup.ts'
import { improvementScale } from './scale.ts'
import { chart, line, mark } from './svg.ts'

/** The commits that changed one API, oldest first. */
export interface ApiHistory {
  readonly api: string
  readonly records: readonly CommitRecord[]
  readonly measured: readonly CommitRecord[]
  readonly regressions: readonly CommitRecord[]
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
      regressions: all.filter(({ verdict }) => verdict === 'regressed'),
    }))
    .filter(({ measured }) => measured.length > 0)
    .toSorted((a, b) => b.measured.length - a.measured.length || (a.api < b.api ? -1 : 1))
}

/** Where a day stands between the first and the last of the dataset: all histories share one axis. */
export type DateScale = (instant: string) => number

export function dateScale(records: readonly CommitRecord[], [start, end]: readonly [number, number]): DateScale {
  const dates = records.map((record) => Date.parse(record.commit_date))
  const [first, last] = [Math.min(...dates), Math.max(...dates)]
  return (instant) => (last === first ? (start + end) / 2 : start + ((end - start) * (Date.parse(instant) - first)) / (last - first))
}

const size = { width: 260, height: 44 }
export const sparklineEnds = [8, size.width - 8] as const

/** The effects of the measured commits over their dates; a regression is a triangle that points down. */
export function sparkline({ api, measured }: ApiHistory, id: string, at: DateScale): Markup {
  const effects = measured.flatMap(({ performance_improvement: effect }) => effect ?? [])
  const scale = improvementScale(effects, [size.height - 7, 7], 20)
  const zero = scale.at(0)
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
        const [x, y] = [at(record.commit_date), scale.at(record.performance_improvement ?? 0)]
        return html`<g class="verdict-${record.verdict}">${line({ x, y: zero }, { x, y }, 'whisker')}${mark(verdictShapes[record.verdict], { x, y }, 4.5, 'mark', wordsOf(record))}</g>`
      }),
    ],
  )
}

function wordsOf({ commit_date, instance_id, verdict, performance_improvement: effect }: CommitRecord): string {
  return `${day(commit_date)} ${instance_id}: ${verdict}${effect === null ? '' : `, ${signedShare(effect)}`}`
}
