import { cardData } from '../domain/card-data.ts'
import { funnelOf } from '../domain/funnel.ts'
import { changesSince, parseEarlier } from '../domain/report/changes.ts'
import { commitPage } from '../domain/report/commit-page.ts'
import { costPage } from '../domain/report/cost-page.ts'
import { funnelPage } from '../domain/report/funnel-page.ts'
import { historyPage } from '../domain/report/history-page.ts'
import { type MemberTexts, readMembers } from '../domain/report/members.ts'
import { overviewPage } from '../domain/report/overview-page.ts'
import { type Page, commitPath, wholePage } from '../domain/report/page.ts'
import { summaryMarkdown } from '../domain/report/summary.ts'
import { IsobenchError } from '../errors.ts'
import type { DatasetSettings } from '../schema/dataset-settings.ts'

/** What a report is made from. */
export interface ReportInput {
  readonly name: string
  readonly settings: DatasetSettings
  /** The members' artifacts, in any order */
  readonly members: readonly MemberTexts[]
  /** `records.jsonl` of an earlier build, which the summary compares with; null where there is none */
  readonly earlier: { readonly file: string; readonly text: string } | null
  /** Name and version of this tool, e.g. `nx-isobench 0.1.0` */
  readonly tool: string
  /** Texts of `report/style.css` and `report/table.js` */
  readonly style: string
  readonly script: string
}

/**
 * Builds the report of a dataset: pages that open from the file system, without a server and without a request, and a
 * summary in Markdown. Equal artifacts give equal bytes.
 * @returns the text of every file by its path below `report/`
 * @throws IsobenchError `corrupt-artifact` or `bad-input` that names what cannot be used
 */
export function report(input: ReportInput): Map<string, string> {
  const { name, settings, tool, style, script } = input
  if (input.members.length === 0) {
    throw new IsobenchError('bad-input', `dataset without a record: ${name}`, {
      hint: 'name its commits in dataset.yaml',
    })
  }
  const members = readMembers(input.members)
  const records = members.map(({ record }) => record)
  const funnel = funnelOf(records)
  const card = cardData({ name, settings, records, funnel, columns: [], further: [], tool })
  const changes = input.earlier && changesSince(parseEarlier(input.earlier.text, input.earlier.file), records)
  const pages: Page[] = [
    { path: 'index.html', title: card.title, content: overviewPage(card, records), scripted: true },
    { path: 'history.html', title: 'History', content: historyPage(records) },
    { path: 'funnel.html', title: 'Funnel', content: funnelPage(funnel, records) },
    { path: 'cost.html', title: 'Cost', content: costPage(members) },
    ...members.map((member, index) => ({
      path: commitPath(member.record.instance_id),
      title: member.record.instance_id,
      content: commitPage(member, {
        previous: records[index - 1]?.instance_id ?? null,
        next: records[index + 1]?.instance_id ?? null,
      }),
    })),
  ]
  const site = { title: card.title, tool, style, script }
  const files = pages.map((page): [string, string] => [page.path, wholePage(site, page)])
  return new Map([...files, ['summary.md', summaryMarkdown(card, records, changes)]])
}
