import type { PythonNode } from '../python-tree.ts'
import { type Language, cTokens, readPython } from './code-words.ts'

/** Both sides of a file. */
export interface FileSides {
  readonly language: Language
  readonly base: string
  readonly head: string
}

/**
 * Whether a file has the same code on both sides, as far as text can tell: `different` and `same` are certain, `perhaps`
 * is for the syntax trees to decide.
 */
export function sameText({ language, base, head }: FileSides): 'same' | 'different' | 'perhaps' {
  if (base === head) return 'same'
  if (language === 'c') return cTokens(base) === cTokens(head) ? 'same' : 'different'
  const [before, after] = [readPython(base), readPython(head)]
  if (before.lines === after.lines) return 'same'
  return before.words === after.words ? 'perhaps' : 'different'
}

const places = new Set(['line', 'column', 'endLine', 'endColumn'])

/** Whether two syntax trees are the same program: places, docstrings and other statements that do nothing do not count. */
export function sameTree(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    const [left, right] = [a.filter(doesSomething), b.filter(doesSomething)]
    return left.length === right.length && left.every((each, index) => sameTree(each, right[index]))
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  const own = keysOf(a)
  return own.length === keysOf(b).length && own.every((key) => sameTree((a as PythonNode)[key], (b as PythonNode)[key]))
}

function keysOf(node: object): string[] {
  return Object.keys(node).filter((key) => !places.has(key))
}

/** A bare string is a docstring or a remark; `pass` holds its place where there is none. */
function doesSomething(node: unknown): boolean {
  const { type, value } = (node ?? {}) as { type?: string; value?: { type?: string; kind?: string } }
  if (type === 'Pass') return false
  return !(type === 'Expr' && value?.type === 'Constant' && value.kind === 'str')
}
