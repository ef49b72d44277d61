import type { ChangedFunction } from '../schema/analysis.ts'
import type { Side } from '../schema/outcome.ts'
import type { Repository } from '../schema/repository.ts'
import type { DiffHunk, FileDiff } from './diff.ts'
import { moduleOf } from './python-module.ts'
import { outlineFragment, outlinePython } from './python-outline.ts'

/** The change of one Python file with its content on both sides; null where the content is not known. */
export interface PythonChange {
  readonly diff: FileDiff
  readonly base: string | null
  readonly head: string | null
}

/** A changed function with the number of its lines that changed on both sides together. */
export interface WeighedFunction extends ChangedFunction {
  readonly lines: number
}

/**
 * The functions, methods and classes whose lines a commit changed, most changed first. Blank lines and comments do not
 * count. A file that moved has an entry for either side, as its modules are two.
 * Where the content of a side is not known, names come from the hunks alone: they are then as exact as the hunks show,
 * at worst the class instead of the method.
 */
export function changedFunctions(
  changes: readonly PythonChange[],
  repository: Pick<Repository, 'package'>,
): WeighedFunction[] {
  return changes
    .flatMap(({ diff, base, head }) => {
      const oldPath = diff.oldPath ?? diff.path
      const sides = { base: readSide(diff.hunks, '-', base), head: readSide(diff.hunks, '+', head) }
      const touched = new Set([...sides.base.touched.keys(), ...sides.head.touched.keys()])
      const describe = (path: string, name: string, on: readonly Side[]): WeighedFunction[] => {
        const present = on.filter((side) => sides[side].names.has(name))
        const lines = on.reduce((sum, side) => sum + (sides[side].touched.get(name) ?? 0), 0)
        return present.length === 0 ? [] : [{ path, name, module: moduleOf(path, repository), sides: present, lines }]
      }
      return [...touched].flatMap((name) =>
        oldPath === diff.path
          ? describe(diff.path, name, ['base', 'head'])
          : [describe(diff.path, name, ['head']), describe(oldPath, name, ['base'])].flat(),
      )
    })
    .toSorted((a, b) => b.lines - a.lines || compare(a.path, b.path) || compare(a.name, b.name))
}

interface SideOutline {
  readonly names: Set<string>
  /** Changed lines by name */
  readonly touched: Map<string, number>
}

function readSide(hunks: readonly DiffHunk[], sign: '+' | '-', content: string | null): SideOutline {
  const whole = content === null ? null : outlinePython(content)
  const side: SideOutline = { names: new Set(whole?.names), touched: new Map() }
  for (const hunk of hunks) {
    const shown = hunk.lines.filter((line) => line.startsWith(sign) || line.startsWith(' '))
    const text = shown.map((line) => line.slice(1))
    const { names, owners } = whole ?? outlineFragment(hunk.section, text)
    const start = whole === null ? 0 : (sign === '-' ? hunk.oldStart : hunk.newStart) - 1
    for (const name of names) side.names.add(name)
    for (const [index, line] of shown.entries()) {
      const owner = owners[start + index]
      if (!line.startsWith(sign) || owner === null || owner === undefined) continue
      side.touched.set(owner, (side.touched.get(owner) ?? 0) + 1)
    }
  }
  return side
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
