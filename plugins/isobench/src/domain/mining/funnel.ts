import { type Decision, type DropReason, dropReasons } from './decision.ts'

/** What a reason means, for the person who reads the funnel. */
const meanings: Readonly<Record<DropReason, string>> = {
  'already-there': 'commits/ has it',
  rejected: '`rejected` of mining.yaml',
  unreadable: 'no readable date, or not whole in the mirror',
  merge: 'more than one parent',
  root: 'no parent',
  'base-missing': 'its parent is beyond a shallow history',
  revert: 'takes another commit back',
  'excluded-message': '`excluded_messages`',
  message: 'score below `threshold`',
  'not-a-candidate': 'documentation, tests or CI only, or other hardware',
  'no-wanted-file': 'no file of `roles`',
  'too-large': '`max_files`, `max_lines`',
  'same-code': 'comments, docstrings and layout only',
  'already-proposed': 'the same change under another hash',
  judge: 'the model said no',
}

/** How many commits each reason took, as lines. */
export function funnelLines(decisions: readonly Decision[]): string[] {
  const counts = Map.groupBy(decisions, ({ dropped }) => dropped ?? 'proposed')
  const rows: [string, number, string][] = [
    ['looked at', decisions.length, ''],
    ...dropReasons.map((reason): [string, number, string] => [
      `- ${reason}`,
      counts.get(reason)?.length ?? 0,
      meanings[reason],
    ]),
    ['proposed', counts.get('proposed')?.length ?? 0, ''],
  ]
  const shown = rows.filter(([name, count]) => count > 0 || !name.startsWith('- '))
  const width = Math.max(...shown.map(([name]) => name.length))
  const digits = Math.max(...shown.map(([, count]) => String(count).length))
  return shown.map(([name, count, meaning]) =>
    `${name.padEnd(width)}  ${String(count).padStart(digits)}  ${meaning}`.trimEnd(),
  )
}
