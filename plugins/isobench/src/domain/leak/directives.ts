import { clip } from '../text.ts'
import type { LeakFinding } from '../../schema/leak.ts'
import {
  type ChangedLines,
  isUnmistakable,
  markedAsCode,
  namesIn,
  namesOnlyIn,
  withoutComment,
} from './changed-lines.ts'

/** A part of a directive: what is to come, or what is to go. */
type Role = 'gained' | 'lost'

interface Form {
  readonly pattern: RegExp
  /** What each group of the pattern holds */
  readonly groups: readonly Role[]
}

const change =
  'replac(?:e|ing)|swap(?:ping)?|substitut(?:e|ing)|convert(?:ing)?|chang(?:e|ing)|turn(?:ing)?|rewrit(?:e|ing)'
const use =
  'us(?:e|ing)|call(?:ing)?|add(?:ing)?|introduc(?:e|ing)|decorat(?:e|ing)\\b.{1,60}?\\bwith|wrap(?:ping)?\\b.{1,60}?\\bin'
const stop =
  'remov(?:e|ing)|drop(?:ping)?|delet(?:e|ing)|eliminat(?:e|ing)|avoid(?:ing)?|skip(?:ping)?|get(?:ting)? rid of'
/** A few words; bounded, so that no text takes long. */
const some = '(\\S.{0,80})'
const someFirst = '(\\S.{0,80}?)'

/** Ways to say what to do in a clause. What they are about is compared with the change. */
const forms: readonly Form[] = [
  form(`\\b(?:${change})\\s${someFirst}\\s(?:with|by|to|into|as|for)\\s${some}`, 'lost', 'gained'),
  form(`\\bswitch(?:ing)?\\s(?:from\\s${someFirst}\\s)?to\\s${some}`, 'lost', 'gained'),
  form(`${some}\\s(?:instead of|rather than|in place of)\\s${some}`, 'gained', 'lost'),
  form('([\\w.()`]{1,80})\\s?(?:→|->|=>)\\s?([\\w.()`]{1,80})', 'lost', 'gained'),
  form(`\\b(?:${use})\\s((?:\\S{1,40}\\s){0,4}\\S{1,40})`, 'gained'),
  form(`\\b(?:${stop})\\s${some}`, 'lost'),
]

function form(pattern: string, ...groups: Role[]): Form {
  return { pattern: new RegExp(pattern, 'gi'), groups }
}

/**
 * Sentences that say what to do, in the words of the change: what is to come names something that only the added lines
 * have, or what is to go something that only the removed lines have.
 */
export function directives(text: string, { added, removed, kept }: ChangedLines): LeakFinding[] {
  const addedLines = added.map((line) => withoutComment(line.text))
  const removedLines = removed.map((line) => withoutComment(line.text))
  const names = {
    gained: namesOnlyIn(addedLines, [...removedLines, ...kept]),
    lost: namesOnlyIn(removedLines, [...addedLines, ...kept]),
  }
  return text.split('\n').flatMap((line, index) => {
    const said = isCode(line) ? [] : clauses(line).flatMap((clause) => saidIn(clause, names))
    const matches = new Set(said.map(({ role, name }) => `\`${name}\` only in ${sideOf[role]} lines`))
    if (matches.size === 0) return []
    const place = { line: index + 1, text: clip(line.trim(), 200), matches: [...matches].join(', ') }
    return [{ rule: 'directive' as const, severity: 'answer' as const, ...place }]
  })
}

const sideOf = { gained: 'added', lost: 'removed' } as const

/** Parts of a line that a directive does not go beyond, without addresses. */
function clauses(line: string): string[] {
  return line.replaceAll(/https?:\/\/\S+/g, '').split(/[.;:!?,](?:\s|$)/)
}

/** What a clause says is to come or to go, by its name in the change. */
function saidIn(clause: string, names: Record<Role, ReadonlySet<string>>): { role: Role; name: string }[] {
  return forms.flatMap(({ pattern, groups }) =>
    [...clause.matchAll(pattern)].flatMap((match) =>
      groups.flatMap((role, group) => named(match[group + 1] ?? '', names[role]).map((name) => ({ role, name }))),
    ),
  )
}

/** The words of a phrase that are such names: as code, or as what every programmer calls them. */
function named(phrase: string, names: ReadonlySet<string>): string[] {
  return [...new Set(namesIn(phrase))].filter((word) => {
    if (word.length < 3 || !names.has(word)) return false
    return isUnmistakable(word) || markedAsCode(word).test(phrase) || isStructure(word, phrase)
  })
}

/** Types and tools that prose names without a mark; those that are also English need an article, or to stand alone. */
function isStructure(word: string, phrase: string): boolean {
  if (tools.has(word)) return true
  return (
    types.has(word) &&
    (phrase.trim() === word || new RegExp(`\\b(?:an?|one|single)\\s+(?:\\w+\\s+)?${word}\\b`, 'i').test(phrase))
  )
}

const tools = new Set(
  'frozenset deque defaultdict heapq bisect bytearray memoryview numpy numba triton cython asyncio functools itertools dataclass searchsorted einsum bincount argpartition topk cumsum'.split(
    ' ',
  ),
)
const types = new Set('set list dict tuple heap array generator lambda property'.split(' '))

/** A line of a program, which an agent may well be shown as it is at base. */
function isCode(line: string): boolean {
  return /^\s*(?:>>> )?(?:from \S+ import |import \S+$|def |class |@|return\b|if .*:$|for .*:$|[\w.[\]]+ [-+*/|]?= )|^\s*#|\) -> .*:$/.test(
    line,
  )
}
