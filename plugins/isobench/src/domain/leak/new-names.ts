import { clip } from '../text.ts'
import type { LeakFinding } from '../../schema/leak.ts'
import {
  type ChangedLines,
  type KnownChange,
  isUnmistakable,
  namesIn,
  namesOnlyIn,
  withoutComment,
} from './changed-lines.ts'

/** Fewer new names may be in another file of the base, which the hunks do not show; see docs/leaks.md. */
const enoughNames = 3

/**
 * Names that the hunks have only after the change: a function or class that is new is the answer, other names are hints
 * until there are several.
 */
export function newNames(text: string, change: KnownChange, { added, removed, kept }: ChangedLines): LeakFinding[] {
  const before = [...removed.map((line) => line.text), ...kept, ...change.hunks.map(({ header }) => header)]
  const places = change.files.flatMap(({ path, old_path: oldPath }) => [path, oldPath ?? ''])
  const gained = namesOnlyIn(
    added.map((line) => withoutComment(line.text)),
    [...before, ...places],
  )
  const defined = new Set(definedAtHead(change).filter((name) => gained.has(name)))
  const lines = firstLines(text)
  const found = [...gained].flatMap((name) => {
    const line = lines.get(name)
    return line === undefined ? [] : [{ name, line }]
  })
  const isMany = found.length >= enoughNames
  return found.map(({ name, line }) => ({
    rule: 'new-name',
    severity: isMany || defined.has(name) ? 'answer' : 'hint',
    line,
    text: name,
    matches: defined.has(name)
      ? `defined only after the change in ${change.functions.find((each) => lastPart(each.name) === name)!.path}`
      : `only in added lines: ${clip(added.find((each) => namesIn(each.text).includes(name))!.text.trim(), 160)}`,
  }))
}

function definedAtHead({ functions }: KnownChange): string[] {
  return functions.filter(({ sides }) => !sides.includes('base')).map(({ name }) => lastPart(name))
}

function lastPart(name: string): string {
  return name.split('.').at(-1)!
}

/** The first line in which each name stands as a name. A word that may be English never counts here. */
function firstLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>()
  for (const [index, line] of text.split('\n').entries()) {
    for (const name of namesIn(line)) {
      if (!lines.has(name) && isUnmistakable(name)) lines.set(name, index + 1)
    }
  }
  return lines
}
