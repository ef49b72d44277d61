import type { ChangedFile } from '../schema/analysis.ts'

/** One hunk of a unified diff. Line numbers count from 1. */
export interface DiffHunk {
  /** The whole `@@` line */
  readonly header: string
  /** What git puts behind the second `@@`: the line that opens the enclosing block */
  readonly section: string
  readonly oldStart: number
  readonly newStart: number
  /** Lines with their first character: space, `+`, `-` or `\` */
  readonly lines: readonly string[]
}

/** One file of a unified diff. Paths: bytes that are no UTF-8 are U+FFFD. */
export interface FileDiff {
  readonly path: string
  readonly oldPath: string | null
  readonly change: ChangedFile['change']
  /** null for a binary file */
  readonly linesAdded: number | null
  readonly linesRemoved: number | null
  readonly hunks: readonly DiffHunk[]
}

/**
 * Reads what `git diff` prints: renames, binary files, changes of mode, submodules, quoted paths, missing newlines at
 * the end of a file. A hunk that is cut off, as at the end of an extraction, is taken as far as it goes.
 */
export function parseDiff(text: string): FileDiff[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const files: FileDiff[] = []
  let index = lines.findIndex((line) => line.startsWith('diff --git '))
  while (index >= 0 && index < lines.length) {
    const { file, next } = readFile(lines, index)
    files.push(file)
    index = next
  }
  return files
}

function readFile(lines: readonly string[], start: number): { file: FileDiff; next: number } {
  const header = lines[start]!
  const extended: string[] = []
  const hunks: DiffHunk[] = []
  let index = start + 1
  while (index < lines.length && !lines[index]!.startsWith('diff --git ')) {
    const match = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/s.exec(lines[index]!)
    if (match === null) {
      if (hunks.length === 0) extended.push(lines[index]!)
      index++
    } else {
      const [, oldStart, oldCount = '1', newStart, newCount = '1', section = ''] = match
      const body = hunkBody(lines, index + 1, Number(oldCount), Number(newCount))
      const place = { oldStart: Number(oldStart), newStart: Number(newStart) }
      hunks.push({ header: lines[index]!, section, ...place, lines: body })
      index += 1 + body.length
    }
  }
  return { file: describeFile(header, extended, hunks), next: index }
}

/** The lines of a hunk: as many as its header says, so that a removed line `-- a` is not taken for a `---` header. */
function hunkBody(lines: readonly string[], start: number, oldCount: number, newCount: number): string[] {
  const body: string[] = []
  let oldLeft = oldCount
  let newLeft = newCount
  for (let index = start; index < lines.length; index++) {
    const line = lines[index]!
    const kind = line.charAt(0)
    if (kind === '\\') {
      body.push(line)
      continue
    }
    if (oldLeft <= 0 && newLeft <= 0) break
    if (kind === '-') oldLeft--
    else if (kind === '+') newLeft--
    else if (kind === ' ' || line === '' || line === '\r') {
      oldLeft--
      newLeft--
    } else break
    body.push(kind === '' || kind === '\r' ? ` ${line}` : line)
  }
  return body
}

function describeFile(header: string, extended: readonly string[], hunks: readonly DiffHunk[]): FileDiff {
  const after = (prefix: string) => extended.find((line) => line.startsWith(prefix))?.slice(prefix.length)
  const [headerOld, headerNew] = headerPaths(header.slice('diff --git '.length))
  const oldSide = pathOf(after('--- '), 'a/') ?? unquoted(after('rename from ') ?? after('copy from ')) ?? headerOld
  const newSide = pathOf(after('+++ '), 'b/') ?? unquoted(after('rename to ') ?? after('copy to ')) ?? headerNew
  const change = kindOfChange(extended)
  const binary = extended.some((line) => line.startsWith('Binary files ') || line.startsWith('GIT binary patch'))
  const count = (sign: string) => hunks.flatMap((hunk) => hunk.lines).filter((line) => line.startsWith(sign)).length
  return {
    path: change === 'deleted' ? oldSide : newSide,
    oldPath: (change === 'renamed' || change === 'copied') && oldSide !== newSide ? oldSide : null,
    change,
    linesAdded: binary ? null : count('+'),
    linesRemoved: binary ? null : count('-'),
    hunks,
  }
}

function kindOfChange(extended: readonly string[]): ChangedFile['change'] {
  const has = (pattern: RegExp) => extended.some((line) => pattern.test(line))
  if (has(/^(index \S+|new file mode|deleted file mode|new mode|old mode) 160000$/)) return 'submodule'
  if (has(/^new file mode /)) return 'added'
  if (has(/^deleted file mode /)) return 'deleted'
  if (has(/^rename from /)) return 'renamed'
  if (has(/^copy from /)) return 'copied'
  return 'modified'
}

/** Both paths of a `diff --git` line. Without quotes they are told apart by being equal, which they are when it matters. */
function headerPaths(text: string): [string, string] {
  const quoted = /^("(?:[^"\\]|\\.)*"|\S+) ("(?:[^"\\]|\\.)*"|\S+)$/.exec(text)
  const half = (text.length - 1) / 2
  const [oldSide, newSide] = quoted === null ? [text.slice(0, half), text.slice(half + 1)] : [quoted[1]!, quoted[2]!]
  return [unquote(oldSide).replace(/^a\//, ''), unquote(newSide).replace(/^b\//, '')]
}

/** The path of a `---` or `+++` line; undefined for /dev/null. Git puts a tab behind a path with spaces. */
function pathOf(text: string | undefined, prefix: string): string | undefined {
  const path = unquoted(text?.replace(/\t?\r?$/, ''))
  return path === undefined || path === '/dev/null' || !path.startsWith(prefix) ? undefined : path.slice(prefix.length)
}

function unquoted(text: string | undefined): string | undefined {
  return text === undefined ? undefined : unquote(text)
}

const escapes: Record<string, number> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 }

/** Takes git's C-style quotes off: octal escapes are bytes of UTF-8. */
function unquote(text: string): string {
  if (!text.startsWith('"') || !text.endsWith('"') || text.length < 2) return text
  const encoder = new TextEncoder()
  const bytes = text
    .slice(1, -1)
    .split(/(\\[0-7]{3}|\\.)/s)
    .flatMap((part) => {
      if (/^\\[0-7]{3}$/.test(part)) return Number.parseInt(part.slice(1), 8)
      const escape = part.startsWith('\\') ? escapes[part.charAt(1)] : undefined
      return escape ?? Array.from(encoder.encode(part))
    })
  return new TextDecoder().decode(Uint8Array.from(bytes))
}
