import { normalizeCode } from './answer.ts'

/** The test as it is measured and published: its code, then the footer that lets it run by itself. */
export function withFooter(code: string, footer: string): string {
  return `${normalizeCode(code)}\n\n${normalizeCode(footer.trimStart())}`
}

/**
 * The code of a test less a footer, also one of an earlier version: the footer begins at its first line, which is a
 * comment that no test has by chance.
 */
export function withoutFooter(test: string, footer: string): string {
  const mark = footer.trimStart().split(/\r?\n/)[0]!
  const lines = normalizeCode(test).split('\n')
  const start = mark === '' ? -1 : lines.indexOf(mark)
  return normalizeCode((start === -1 ? lines : lines.slice(0, start)).join('\n'))
}
