import type { Generation } from '../schema/generation.ts'
import { sumOrNull } from './usage.ts'

/** What one way of writing tests gave for one commit. */
export interface ComparedCommit {
  readonly generation: Generation
  /** Whether there are changed functions that a trial watches for */
  readonly isWatched: boolean
  /** High less low of the 95 % interval of the improvement; null where this test was not measured */
  readonly intervalWidth: number | null
}

/** One way of writing tests over all commits. Rates are null where nothing was counted. */
export interface Compared {
  readonly commits: number
  readonly calls: number
  /** Commits with a version that passed every check without being run */
  readonly validRate: number | null
  /** Commits whose test passed its trial, or all checks where none is run */
  readonly trialPassRate: number | null
  /** Commits with watched functions whose test reached one of them on both sides */
  readonly exercisedRate: number | null
  readonly measured: number
  readonly medianIntervalWidth: number | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly costUsd: number | null
}

/** Sums up one way of writing tests. @param verify whether tests were tried: without it nothing was seen to be reached */
export function compared(commits: readonly ComparedCommit[], verify: 'static' | 'trial'): Compared {
  const generations = commits.map(({ generation }) => generation)
  const watched = commits.filter(({ isWatched }) => isWatched)
  const widths = commits.flatMap(({ intervalWidth: width }) => (width === null ? [] : [width]))
  return {
    commits: commits.length,
    calls: generations.reduce((total, { attempts }) => total + attempts.length, 0),
    validRate: rate(generations, ({ attempts }) =>
      attempts.some(({ result }) => result === 'ok' || result === 'trial-failed'),
    ),
    trialPassRate: rate(generations, ({ outcome }) => outcome.status === 'ok'),
    exercisedRate: verify === 'trial' ? rate(watched, ({ generation }) => generation.outcome.status === 'ok') : null,
    measured: widths.length,
    medianIntervalWidth: median(widths),
    inputTokens: sumOrNull(generations.map(({ usage }) => usage.input_tokens)),
    outputTokens: sumOrNull(generations.map(({ usage }) => usage.output_tokens)),
    costUsd: sumOrNull(generations.map(({ cost_usd: cost }) => cost)),
  }
}

/** The two side by side, one line a figure, as a Markdown table. */
export function comparisonTable(names: readonly string[], sides: readonly Compared[]): string {
  const rows: [string, (side: Compared) => string][] = [
    ['commits', ({ commits }) => number(commits)],
    ['calls', ({ calls }) => number(calls)],
    ['valid', ({ validRate }) => percent(validRate)],
    ['passed the trial', ({ trialPassRate }) => percent(trialPassRate)],
    ['reached the change', ({ exercisedRate }) => percent(exercisedRate)],
    ['measured', ({ measured }) => number(measured)],
    [
      'median width of the interval',
      ({ medianIntervalWidth: width }) => (width === null ? 'unknown' : width.toFixed(4)),
    ],
    ['tokens in', ({ inputTokens }) => number(inputTokens)],
    ['tokens out', ({ outputTokens }) => number(outputTokens)],
    ['US dollars', ({ costUsd }) => (costUsd === null ? 'unknown' : costUsd.toFixed(4))],
  ]
  const lines = [
    ['', ...names],
    ['---', ...names.map(() => '---:')],
    ...rows.map(([name, of]) => [name].concat(sides.map(of))),
  ]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function percent(value: number | null): string {
  return value === null ? 'unknown' : `${(100 * value).toFixed(0)} %`
}

function number(value: number | null): string {
  return value === null ? 'unknown' : String(value)
}

function rate<Item>(items: readonly Item[], holds: (item: Item) => boolean): number | null {
  return items.length === 0 ? null : items.filter(holds).length / items.length
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2
}
