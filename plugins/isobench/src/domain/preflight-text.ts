import { Side } from '../schema/outcome.ts'
import type { Preflight, PreflightCommit, PreflightProblem } from '../schema/preflight.ts'

/** The lines that a person reads: the funnel, the rungs, what can be installed, and every problem with what was asked. */
export function preflightLines(preflight: Preflight): string[] {
  const { commits, steps, rungs, details } = preflight
  const rows = [
    ['commits', String(commits), ''],
    ...steps.map(({ step, commits: passed, lost }) => [step, String(passed), counts(lost, 'reason')]),
  ]
  const installable = details.filter(({ problem }) => problem === null)
  return [
    ...table(rows),
    ...(rungs.length === 0 ? [] : ['', `installable by rung: ${counts(rungs, 'rung')}`]),
    ...table(installable.map(installableRow)).map(indented),
    ...problemGroups(preflight).flatMap(groupLines),
  ]
}

function counts<Key extends string>(list: readonly ({ [Name in Key]: string } & { commits: number })[], key: Key) {
  return list.map((each) => `${each[key]} ${each.commits}`).join(', ')
}

function installableRow({ project, base, head }: PreflightCommit): string[] {
  const versions = `${base!.version ?? 'not known yet'} -> ${head!.version ?? 'not known yet'}`
  return [project, head!.rung!, base!.version === null && head!.version === null ? '' : versions]
}

interface Lost extends PreflightCommit {
  readonly problem: PreflightProblem
}

interface Group {
  readonly reason: PreflightProblem['reason']
  readonly hint: string | null
  readonly commits: readonly Lost[]
}

/** Commits with the same problem and the same way out, in the order of the funnel. */
function problemGroups({ steps, details }: Preflight): Group[] {
  const order = steps.flatMap(({ lost }) => lost.map(({ reason }) => reason))
  const lost = details.filter((each): each is Lost => each.problem !== null)
  const groups = Map.groupBy(lost, ({ problem: { reason, hint } }) => JSON.stringify([reason, hint]))
  return [...groups.values()]
    .map((commits) => ({ reason: commits[0]!.problem.reason, hint: commits[0]!.problem.hint, commits }))
    .toSorted((a, b) => order.indexOf(a.reason) - order.indexOf(b.reason))
}

function groupLines({ reason, hint, commits }: Group): string[] {
  const alike = Map.groupBy(commits, ({ problem }) => problem.message)
  const lines = [...alike].flatMap(([message, all]) => {
    const opening = `  ${all.map(({ project }) => project).join(', ')}: ${message}`
    return [opening].concat(table(attemptRows(all[0]!)).map(indented).map(indented))
  })
  return ['', `${reason}: ${commits.length}`, ...lines, ...(hint === null ? [] : [`  hint: ${hint}`])]
}

/** What was asked for the side at fault, or for both where none is. */
function attemptRows(commit: Lost): string[][] {
  const sides = Side.options.filter((side) => (commit.problem.side ?? side) === side)
  return sides.flatMap((side) =>
    (commit[side]?.attempts ?? []).map(({ rung, answer, location }) => [side, rung, `${answer}  ${location}`]),
  )
}

/** Rows with their columns aligned, but the last. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
}

function indented(line: string): string {
  return `  ${line}`
}
