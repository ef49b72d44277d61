import { clip } from '../text.ts'
import type { LeakFinding } from '../../schema/leak.ts'
import type { ChangedLine, ChangedLines } from './changed-lines.ts'

/** The telling lines of a change, and where a text has them. */
export interface CopiedCode {
  readonly copied: number
  readonly telling: number
  readonly findings: readonly LeakFinding[]
}

/** A shorter line stands in any program; see docs/leaks.md for what was measured. */
const fewestCharacters = 20
/** So many lines are the answer, or the share below of a small change. */
const enoughLines = 2
const enoughShare = 0.5

/**
 * Lines that the commit added, word for word but for blanks, and lines that it removed, where the text marks them with
 * a minus. A line that the base has as well, moved or repeated in a hunk, tells nothing.
 */
export function copiedCode(text: string, { added, removed, kept }: ChangedLines): CopiedCode {
  const before = [...removed.map((line) => line.text), ...kept].map(squeezed).join('\n')
  const after = [...added.map((line) => line.text), ...kept].map(squeezed).join('\n')
  const gained = telling(added, before)
  const lost = telling(removed, after)
  const searched = searchable(text)
  const minus = new Map(minusLines(text))
  const found = [
    ...gained.flatMap((line) => place(line, searched.find(squeezed(line.text)), 'added')),
    ...lost.flatMap((line) => place(line, minus.get(squeezed(line.text)), 'removed')),
  ]
  const all = gained.length + lost.length
  const isAnswer = found.length >= enoughLines || (found.length > 0 && found.length >= all * enoughShare)
  const severity = isAnswer ? 'answer' : 'hint'
  return {
    copied: found.length,
    telling: all,
    findings: found.map((each) => Object.assign(each, { rule: 'copied-code' as const, severity } as const)),
  }
}

/** What stands in many programs whatever its length, without its blanks: `x=x,`, `self.x = x`, `x: Type,`, imports, … */
const boilerplate =
  /^(?:(\w+)=\1,?\)*|self\.(\w+)=\2|\w+:[\w.[\],]+,?|(?:from[\w.]+)?import[\w.,()]+|if__name__==.*|raise\w+\(?|def__\w+__\(.*)$/

/** Each once: long enough, with a name in it, and not of the other version as well. */
function telling(lines: readonly ChangedLine[], other: string): ChangedLine[] {
  const seen = new Set<string>()
  return lines.filter(({ text }) => {
    const line = squeezed(text)
    if (line.length < fewestCharacters || !/[A-Za-z_]{3}/.test(line)) return false
    if (boilerplate.test(line) || other.includes(line)) return false
    if (seen.has(line)) return false
    seen.add(line)
    return true
  })
}

function place(
  { path, text }: ChangedLine,
  line: number | undefined,
  change: 'added' | 'removed',
): Pick<LeakFinding, 'line' | 'text' | 'matches'>[] {
  return line === undefined ? [] : [{ line, text: clip(text.trim(), 200), matches: `${change} line of ${path}` }]
}

/** A text without its blanks, so that a line is found however it is indented, wrapped or marked. */
function searchable(text: string): { find: (squeezed: string) => number | undefined } {
  const lines = text.split('\n').map(squeezed)
  const whole = lines.join('')
  const starts: number[] = []
  let length = 0
  for (const line of lines) {
    starts.push(length)
    length += line.length
  }
  return {
    find: (wanted) => {
      const at = whole.indexOf(wanted)
      return at < 0 ? undefined : starts.findLastIndex((start) => start <= at) + 1
    },
  }
}

function minusLines(text: string): [string, number][] {
  const lines = text.split('\n').map((line, index): [string, number] => [line.trim(), index + 1])
  return lines.filter(([line]) => line.startsWith('-')).map(([line, number]) => [squeezed(line.slice(1)), number])
}

function squeezed(line: string): string {
  return line.replaceAll(/\s+/g, '')
}
