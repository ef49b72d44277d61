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
  const found = [...gained].flatMap((name) => {
    const line = lineWith(text, name)
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

/** The first line in which a name stands as a name. A word that may be English never counts here. */
function lineWith(text: string, name: string): number | undefined {
  if (!isUnmistakable(name)) return undefined
  const whole = new RegExp(`(?<![A-Za-z0-9_])${name}(?![A-Za-z0-9_])`)
  const index = text.split('\n').findIndex((line) => whole.test(line))
  return index < 0 ? undefined : index + 1
}
