import type { Analysis } from '../../schema/analysis.ts'

/** What a text is compared with: the parts of `analysis.json` that say what a commit did. */
export type KnownChange = Pick<Analysis, 'head_commit' | 'subject' | 'message' | 'files' | 'functions' | 'hunks'>

/** A line that the commit added or removed, without its sign. */
export interface ChangedLine {
  readonly path: string
  readonly text: string
}

/** The lines of the hunks by what became of them. */
export interface ChangedLines {
  readonly added: readonly ChangedLine[]
  readonly removed: readonly ChangedLine[]
  /** Lines that are in both versions */
  readonly kept: readonly string[]
}

/** @param base texts of files at base, as far as they are known: what stands there is nothing new */
export function changedLines(hunks: KnownChange['hunks'], base: readonly string[] = []): ChangedLines {
  const lines = hunks.flatMap(({ path, text }) => text.split('\n').map((line) => ({ path, sign: line[0], line })))
  const withSign = (sign: string) =>
    lines.filter((each) => each.sign === sign).map(({ path, line }) => ({ path, text: line.slice(1) }))
  return {
    added: withSign('+'),
    removed: withSign('-'),
    kept: [...withSign(' ').map(({ text }) => text), ...base.flatMap((text) => text.split('\n'))],
  }
}

/** Names as code spells them. */
export function namesIn(text: string): string[] {
  return text.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? []
}

/** A line without its comment, which is prose: its words say nothing of the code. */
export function withoutComment(line: string): string {
  return line.replace(/(?:^|\s)(?:#|\/\/).*$/, '')
}

/** No word of English: an underscore, a capital or a digit inside. */
export function isUnmistakable(name: string): boolean {
  return name.length >= 5 && /[A-Za-z0-9]_[A-Za-z0-9]|[a-z][A-Z]|[A-Za-z]\d|\d[A-Za-z]/.test(name)
}

/** What finds a name where it is marked as code: in backticks, called, or a member of something. */
export function markedAsCode(name: string): RegExp {
  return new RegExp(
    `\`[^\`\\s]*(?<![A-Za-z0-9_])${name}(?![A-Za-z0-9_])[^\`\\s]*\`|(?<![A-Za-z0-9_])${name}\\(|(?<=[A-Za-z_]\\.)${name}(?![A-Za-z0-9_])`,
  )
}

/** Names that stand only in the lines of the first kind. */
export function namesOnlyIn(lines: readonly string[], others: readonly string[]): Set<string> {
  const known = new Set(others.flatMap(namesIn))
  return new Set(lines.flatMap(namesIn).filter((name) => !known.has(name)))
}
