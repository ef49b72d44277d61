import type { History } from '../../adapters/git-history.ts'
import type { KnownCommit } from '../../domain/git-output.ts'
import { type Bound, readBound } from '../../domain/mining/range.ts'
import type { MiningRules } from '../../domain/mining/rules.ts'
import { IsobenchError } from '../../errors.ts'
import type { MiningMarker } from '../../schema/mining-settings.ts'
import type { Log } from './generator.ts'

export interface RangeOptions {
  readonly since?: string | number
  readonly until?: string | number
}

/** What is looked at. */
export interface MiningRange {
  /** Newest first */
  readonly commits: readonly KnownCommit[]
  readonly undated: readonly string[]
  /** What mined.yaml says afterwards, when all of it was looked at; null where it stays as it is */
  readonly marker: MiningMarker | null
}

/**
 * The commits between `--since` and `--until`. A marker that is no ancestor any more means that the history was
 * rewritten: then everything dated after it is looked at.
 */
export async function miningRange(
  history: History,
  rules: MiningRules,
  marker: MiningMarker | undefined,
  options: RangeOptions,
  log: Log,
): Promise<MiningRange> {
  const since = readBound('since', options.since)
  const until = readBound('until', options.until)
  const tip = await endOf(history, rules, until)
  const start = await startOf(history, since, marker, tip, log)
  if (since.kind === 'last' && marker !== undefined && marker.rules !== rules.digest) {
    log('the filters have changed since the last run: `--since all` looks at everything again')
  }
  const walk = await history.walk(tip, start.without, rules.walk === 'first-parent')
  const from = start.instant ?? ''
  const to = until.kind === 'date' ? until.instant : '9999'
  const commits = walk.commits.filter(({ commitDate }) => commitDate >= from && commitDate <= to)
  const isWhole = until.kind !== 'date' && (marker === undefined || since.kind === 'none' || since.kind === 'last')
  const isBehind = marker !== undefined && (await history.isAncestor(tip, marker.until)) && tip !== marker.until
  const date = (await history.facts([tip])).get(tip)?.commitDate
  const next = isWhole && !isBehind && date !== undefined ? { until: tip, date, rules: rules.digest } : null
  return { commits, undated: walk.undated, marker: next }
}

/** A full hash that the mirror has needs nobody to be asked, so such a run can be repeated without network. */
async function endOf(history: History, rules: MiningRules, until: Bound): Promise<string> {
  if (until.kind !== 'revision') return (await history.tip(rules.branch)).hash
  const isFull = /^[0-9a-f]{40}$/.test(until.name)
  const known = isFull ? await history.revision(until.name) : null
  if (known !== null) return known
  await history.tip(rules.branch) // brings the mirror up to date
  return (await history.revision(until.name)) ?? unknown('until', until.name)
}

async function startOf(
  history: History,
  since: Bound,
  marker: MiningMarker | undefined,
  tip: string,
  log: Log,
): Promise<{ readonly without?: string; readonly instant?: string }> {
  if (since.kind === 'date') return { instant: since.instant }
  if (since.kind === 'revision') {
    return { without: (await history.revision(since.name)) ?? unknown('since', since.name) }
  }
  if (since.kind === 'none' || marker === undefined) return {}
  const isThere = (await history.revision(marker.until)) !== null
  const isRelated =
    isThere && ((await history.isAncestor(marker.until, tip)) || (await history.isAncestor(tip, marker.until)))
  if (isRelated) return { without: marker.until }
  log(
    `the history was rewritten: ${marker.until} is no ancestor of ${tip} any more; looking at what is dated ${marker.date} or later`,
  )
  return { instant: marker.date }
}

function unknown(option: 'since' | 'until', name: string): never {
  throw new IsobenchError('bad-input', `no such date, hash, tag or branch at \`--${option}\`: ${name.slice(0, 100)}`, {
    hint: 'a date is YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ, in UTC; a hash has at least 7 digits',
  })
}
