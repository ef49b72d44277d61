import type { Leak, LeakFinding } from '../../schema/leak.ts'
import { type KnownChange, changedLines } from './changed-lines.ts'
import { copiedCode } from './copied-code.ts'
import { copiedMessage } from './copied-message.ts'
import { directives } from './directives.ts'
import { newNames } from './new-names.ts'
import { references } from './references.ts'

/**
 * How much of a change a text gives away that is meant to pose the task of finding it. Naming the file, the function or
 * the workload to make faster gives nothing away; saying what to do there does. What was measured of each rule stands
 * in docs/leaks.md.
 * @param base texts of the changed files at base, where they are known; without them a name or line that the hunks do
 *   not show at base may be called new
 */
export function findLeaks(text: string, change: KnownChange, base: readonly string[] = []): Leak {
  const lines = changedLines(change.hunks, base)
  const code = copiedCode(text, lines)
  const findings = [
    ...code.findings,
    ...newNames(text, change, lines),
    ...directives(text, lines),
    ...copiedMessage(text, change),
    ...references(text, change),
  ].toSorted((a, b) => a.line - b.line)
  return {
    severity: worst(findings),
    copied_lines: code.copied,
    telling_lines: code.telling,
    findings,
  }
}

function worst(findings: readonly LeakFinding[]): Leak['severity'] {
  if (findings.some(({ severity }) => severity === 'answer')) return 'answer'
  return findings.length > 0 ? 'hint' : 'none'
}
