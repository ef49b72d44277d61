import { commitLink } from './badges.ts'
import { type CommitCost, type Total, costOf, totalOf } from './cost.ts'
import { count, counted, dollars, totalSeconds } from './format.ts'
import { type Content, html } from './markup.ts'
import type { Member } from './members.ts'
import { facts, section, table, unknown } from './table.ts'

/** What the dataset cost: model calls, and the time of processes. */
export function costPage(members: readonly Member[]): Content {
  const costs = members.map(costOf)
  const calls = sum(costs.map((cost) => cost.calls))
  const seconds = (some: readonly CommitCost[]): string => totalSeconds(sum(some.map((cost) => cost.processSeconds)))
  return [
    html`<h1>Cost</h1>
      <p class="lead">
        What was paid for: model calls as the endpoints report them, and the wall time of every process that was timed,
        with coverage, burn-in and controls. Answers and runs that came from the tool’s store are counted as when they
        were made.
      </p> `,
    section('totals', 'Totals', [
      facts([
        ['Model calls', calls === 0 ? 'none' : count(calls)],
        ['Tokens in', calls === 0 ? null : tokens(totalOf(costs, 'inputTokens'))],
        ['Tokens out', calls === 0 ? null : tokens(totalOf(costs, 'outputTokens'))],
        ['Money', calls === 0 ? null : money(totalOf(costs, 'dollars'))],
        ['Processes', count(sum(costs.map((cost) => cost.processes)))],
        ['Process time', seconds(costs)],
        ['of it on an accelerator', seconds(costs.filter((cost) => cost.onAccelerator))],
        ['of it for controls', totalSeconds(sum(costs.map((cost) => cost.controlSeconds)))],
      ]),
    ]),
    section('by-commit', 'By commit', table(counted(costs.length, 'commit'), headings, costs.map(costRow))),
  ]
}

const headings = [
  { name: 'Commit' },
  { name: 'Model calls', isNumber: true },
  { name: 'Tokens in', isNumber: true },
  { name: 'Tokens out', isNumber: true },
  { name: 'Money', isNumber: true },
  { name: 'Processes', isNumber: true },
  { name: 'Process time', isNumber: true },
  { name: 'of it controls', isNumber: true },
]

function costRow(cost: CommitCost): readonly Content[] {
  const paid = (value: number | null, words: (known: number) => string): Content => {
    if (cost.calls === 0) return '–'
    return value === null ? unknown : words(value)
  }
  return [
    commitLink(cost.record),
    count(cost.calls),
    paid(cost.inputTokens, count),
    paid(cost.outputTokens, count),
    paid(cost.dollars, dollars),
    count(cost.processes),
    cost.processes === 0 ? '–' : totalSeconds(cost.processSeconds),
    cost.controlSeconds === 0 ? '–' : totalSeconds(cost.controlSeconds),
  ]
}

function tokens({ sum: total, unknown: missing }: Total): string {
  return `${count(total)}${withoutWords(missing, 'tokens')}`
}

function money({ sum: total, unknown: missing }: Total): string {
  return `${dollars(total)}${withoutWords(missing, 'price')}`
}

function withoutWords(commits: number, what: string): string {
  return commits === 0
    ? ''
    : `, without ${counted(commits, 'commit')} whose ${what} are not known`.replace('price are', 'price is')
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
