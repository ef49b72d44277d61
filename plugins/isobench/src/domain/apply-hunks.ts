import type { DiffHunk } from './diff.ts'

/**
 * The content of a file after a change, from its content before it.
 * @returns null when the hunks do not fit the content, which then is not that of the base
 */
export function applyHunks(content: string, hunks: readonly DiffHunk[]): string | null {
  const before = content.split('\n')
  const after: string[] = []
  let position = 0
  for (const hunk of hunks) {
    const start = hunk.oldStart === 0 ? 0 : hunk.oldStart - 1 + (hunk.lines.some(isOld) ? 0 : 1)
    after.push(...before.slice(position, start))
    position = start
    for (const line of hunk.lines) {
      const text = line.slice(1)
      if (isOld(line) && before[position++]?.trimEnd() !== text.trimEnd()) return null
      if (line.startsWith('+') || line.startsWith(' ')) after.push(text)
    }
  }
  return [...after, ...before.slice(position)].join('\n')
}

function isOld(line: string): boolean {
  return line.startsWith('-') || line.startsWith(' ')
}
