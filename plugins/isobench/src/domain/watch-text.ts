import type { CommitRecord } from '../schema/record.ts'
import { code, plainText } from './card.ts'
import type { Regression, Regressions } from './regressions.ts'
import { counted, day, interval, probability, shortened, signedShare } from './report/format.ts'
import { markdownTable } from './report/summary.ts'

/** What a webhook is told: the regressions that it was not told of before. */
export interface Message {
  readonly dataset: string
  /** One line for a person, under the name that chat programs read */
  readonly text: string
  readonly regressions: readonly {
    readonly id: string
    readonly instance_id: string
    readonly repository: string
    readonly head_commit: string
    readonly commit_subject: string
    readonly commit_date: string
    readonly affected_apis: readonly string[]
    readonly performance_improvement: number | null
    readonly ci95: readonly [number, number] | null
    readonly adjusted_p_value: number
  }[]
}

/** The regressions in Markdown, in front of the summary of all commits. */
export function watchMarkdown(
  title: string,
  { open, acknowledged }: Regressions,
  notRun: readonly string[],
  summary: string,
): string {
  const headings = ['commit', 'date', 'effect', '95 % interval', 'adjusted p', 'APIs', 'subject']
  return [
    `# ${plainText(title)}: ${regressionCount(open.length)}`,
    open.length === 0 ? '' : markdownTable(headings, open.map(regressionRow)),
    acknowledged.length === 0
      ? ''
      : `## Acknowledged\n\n${markdownTable(['commit', 'effect', 'reason', 'by', 'date'], acknowledged.map(acknowledgedRow))}`,
    notRun.length === 0 ? '' : `## Not run\n\n${notRun.map((name) => `- ${code(name)}`).join('\n')}`,
    summary.trimEnd(),
  ]
    .filter((part) => part !== '')
    .map((part) => `${part}\n`)
    .join('\n')
}

/** e.g. `2 regressions`. */
export function regressionCount(count: number): string {
  return count === 0 ? 'no regression' : counted(count, 'regression')
}

/** The same for a program. */
export function webhookMessage(dataset: string, regressions: readonly Regression[]): Message {
  return {
    dataset,
    text: `${dataset}: ${regressionCount(regressions.length)}: ${regressions.map(({ record }) => record.instance_id).join(', ')}`,
    regressions: regressions.map(({ id, record, adjustedProbability }) => ({
      id,
      instance_id: record.instance_id,
      repository: record.repository,
      head_commit: record.head_commit,
      commit_subject: record.commit_subject,
      commit_date: record.commit_date,
      affected_apis: record.affected_apis,
      performance_improvement: record.performance_improvement,
      ci95: record.ci95,
      adjusted_p_value: adjustedProbability,
    })),
  }
}

function regressionRow({ record, adjustedProbability }: Regression): string[] {
  return [
    code(record.instance_id),
    day(record.commit_date),
    effectOf(record),
    record.ci95 === null ? '' : interval(record.ci95),
    probability(adjustedProbability),
    record.affected_apis.map(code).join(', '),
    plainText(shortened(record.commit_subject, 80)),
  ]
}

function acknowledgedRow({ record, acknowledged }: Regression): string[] {
  const { reason, by = '', date = '' } = acknowledged!
  return [code(record.instance_id), effectOf(record), plainText(shortened(reason, 160)), plainText(by), date]
}

function effectOf({ performance_improvement: effect }: CommitRecord): string {
  return effect === null ? '' : signedShare(effect)
}
