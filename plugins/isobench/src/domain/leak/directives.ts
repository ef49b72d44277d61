import { clip } from '../text.ts'
import type { LeakFinding } from '../../schema/leak.ts'
import { type ChangedLines, isUnmistakable, markedAsCode, namesIn, namesOnlyIn, withoutComment } from './changed-lines.ts'

/** A part of a directive: what is to come, or what is to go. */
type Role = 'gained' | 'lost'

interface Form {
  readonly pattern: RegExp
  /** What each group of the pattern holds */
  readonly groups: readonly Role[]
}

const end = String.raw`(?=[.;:!?](?:\s|$)|,\s|$)`
const change = 'replac(?:e|ing)|swap(?:ping)?|substitut(?:e|ing)|convert(?:ing)?|chang(?:e|ing)|turn(?:ing)?|rewrit(?:e|ing)'

/** Ways to say what to do. The rest of the sentence is compared with the change. */
const forms: readonly Form[] = [
  { pattern: new RegExp(`\\b(?:${change})\\s+(.+?)\\s+(?:with|by|to|into|as|for)\\s+(.+?)${end}`, 'gi'), groups: ['lost', 'gained'] },
  { pattern: new RegExp(`\\bswitch(?:ing)?\\s+(?:from\\s+(.+?)\\s+)?to\\s+(.+?)${end}`, 'gi'), groups: ['lost', 'gained'] },
  { pattern: new RegExp(`(?:^|\\W)(\\S.*?)\\s+(?:instead of|rather than|in place of)\\s+(.+?)${end}`, 'gi'), groups: ['gained', 'lost'] },
  { pattern: /([\w.()`]+)\s*(?<!\)\s*)(?:→|->|=>)\s*([\w.()`]+)/g, groups: ['lost', 'gained'] },
  { pattern: new RegExp(`\\b(?:us(?:e|ing)|call(?:ing)?|add(?:ing)?|introduc(?:e|ing)|decorat(?:e|ing)\\b.*?\\bwith|wrap(?:ping)?\\b.*?\\bin)\\s+(\\S+(?:\\s+\\S+){0,4})`, 'gi'), groups: ['gained'] },
  { pattern: new RegExp(`\\b(?:remov(?:e|ing)|drop(?:ping)?|delet(?:e|ing)|eliminat(?:e|ing)|avoid(?:ing)?|skip(?:ping)?|get(?:ting)? rid of)\\s+(.+?)${end}`, 'gi'), groups: ['lost'] },
]

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
  return text.split('\n').flatMap((whole, index) => {
    if (isCode(whole)) return []
    const line = whole.replaceAll(/https?:\/\/\S+/g, '')
    const said = forms.flatMap(({ pattern, groups }) =>
      [...line.matchAll(pattern)].flatMap((match) =>
        groups.flatMap((role, group) => named(match[group + 1] ?? '', names[role]).map((name) => ({ role, name }))),
      ),
    )
    const unique = [...new Map(said.map((each) => [`${each.role} ${each.name}`, each])).values()]
    if (unique.length === 0) return []
    const matches = unique.map(({ role, name }) => `\`${name}\` only in ${role === 'gained' ? 'added' : 'removed'} lines`)
    const severity = 'answer'
    return [{ rule: 'directive', severity, line: index + 1, text: clip(line.trim(), 200), matches: matches.join(', ') }]
  })
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
  return types.has(word) && (phrase.trim() === word || new RegExp(`\\b(?:an?|one|single)\\s+(?:\\w+\\s+)?${word}\\b`, 'i').test(phrase))
}

const tools = new Set(
  'frozenset deque defaultdict heapq bisect bytearray memoryview numpy numba triton cython asyncio functools itertools dataclass searchsorted einsum bincount argpartition topk cumsum'.split(
    ' ',
  ),
)
const types = new Set('set list dict tuple heap array generator lambda property'.split(' '))

/** A line of a program, which an agent may well be shown as it is at base. */
function isCode(line: string): boolean {
  return /^\s*(?:>>> )?(?:from \S+ import |import \S+$|def |class |@|return\b|if .*:$|for .*:$|[\w.\[\]]+ [-+*/|]?= )|^\s*#|\) -> .*:$/.test(line)
}
