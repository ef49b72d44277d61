import type { CommitRecord } from '../../schema/record.ts'
import type { Series, SeriesPoint } from '../series.ts'
import { commitLink } from './badges.ts'
import { counted, day, probability, shortened, signedShare, time } from './format.ts'
import { type Content, type Markup, html, joined } from './markup.ts'
import { linearScale } from './scale.ts'
import { chart, group, line, mark } from './svg.ts'
import { code, section, table } from './table.ts'

const size = { width: 260, height: 44 }
const margin = 6

/** What the same test measured on the same machine over many commits, and where its level changed. */
export function seriesSection(series: readonly Series[], records: readonly CommitRecord[]): Content {
  const byId = new Map(records.map((record) => [record.instance_id, record]))
  const rows = series.map((each, index) => [
    each.api === null ? 'no public API' : code(each.api),
    html`${code(each.key.testSha256.slice(0, 8))} on ${machine(byId.get(each.points[0]!.instanceId)!)}`,
    each.points.length,
    levelChart(each, `series-${index + 1}`),
    changes(each, byId),
  ])
  return section(
    'series',
    'One test over many commits',
    series.length === 0
      ? html`<p>No test measured more than one commit on the same machine.</p>`
      : html`<p>
            The median time of each commit, in order. Where the level changes by 1 % or more, and at most one in a
            hundred orders of the same times would show such a change, a triangle marks the first commit of the new
            level. Fewer than eleven commits can hardly show one.
          </p>
          ${table(`${series.length} series`, headings, rows)}`,
  )
}

const headings = [
  { name: 'API' },
  { name: 'Test and machine' },
  { name: 'Commits', isNumber: true },
  { name: 'Time of each commit' },
  { name: 'Changes of the level' },
]

function machine({ measurement: { fingerprint } }: CommitRecord): string {
  return shortened(fingerprint?.accelerator?.name ?? fingerprint?.cpu ?? 'an unknown machine', 40)
}

function changes({ points }: Series, byId: ReadonlyMap<string, CommitRecord>): Content {
  const changed = points.filter(({ change }) => change !== null)
  if (changed.length === 0) return 'none'
  return joined(
    changed.map((point) => {
      const { improvement, probability: p } = point.change!
      const link = commitLink(byId.get(point.instanceId)!)
      const before = point.side === 'base' ? 'base of ' : ''
      return html`${before}${link} ${signedShare(improvement)} (p = ${probability(p)})${sameCommit(point, points)}`
    }),
    html`<br />`,
  )
}

/** A change between two environments of one commit is none of its code. */
function sameCommit(point: SeriesPoint, points: readonly SeriesPoint[]): string {
  const earlier = points[points.indexOf(point) - 1]
  return earlier?.commit === point.commit ? ', by other dependencies' : ''
}

function levelChart({ points, key }: Series, id: string): Markup {
  const x = (place: number): number => margin + ((size.width - 2 * margin) * place) / (points.length - 1)
  const y = linearScale(
    points.map(({ logSeconds }) => logSeconds),
    [size.height - margin, margin],
    4,
  ).at
  const levels = points.flatMap((point, place) => {
    const next = points[place + 1]
    return next === undefined
      ? []
      : line({ x: x(place), y: y(point.logLevel) }, { x: x(place + 1), y: y(point.logLevel) }, 'zero')
  })
  return chart(
    {
      id,
      title: `Times of the test ${key.testSha256.slice(0, 8)}`,
      description: `${counted(points.length, 'commit')}, from ${time(Math.exp(points[0]!.logSeconds))} to ${time(Math.exp(points.at(-1)!.logSeconds))}; higher is more time`,
    },
    size,
    [levels, points.map((point, place) => marked(point, { x: x(place), y: y(point.logSeconds) }))],
  )
}

function marked(point: SeriesPoint, at: { x: number; y: number }): Markup {
  const { commit, commitDate, change } = point
  const date = commitDate === null ? '' : `${day(commitDate)} `
  const words = `${date}${commit.slice(0, 8)}: ${time(Math.exp(point.logSeconds))}`
  if (change === null) return group('verdict-no-change', mark('circle', at, 2, 'mark', words))
  const [verdict, shape] = change.improvement > 0 ? (['improved', 'down'] as const) : (['regressed', 'up'] as const)
  const shown = `${words}, level ${signedShare(change.improvement)}`
  return group(`verdict-${verdict}`, mark(shape, at, 4.5, 'mark', shown))
}
