/** Replaces part of one line; columns are 1-based, `end` is one past the last. */
export interface LineEdit {
  readonly line: number
  readonly start: number
  readonly end: number
  readonly text: string
}

/** A whole line put before a line of the original. */
export interface AddedLine {
  readonly before: number
  readonly text: string
}

/** An edited text, and where its places were before. */
export interface EditedText {
  readonly text: string
  original(line: number, column: number): { readonly line: number; readonly column: number }
}

/** Applies edits that do not overlap; of those at one place the first given comes first. */
export function editText(text: string, edits: readonly LineEdit[], added: readonly AddedLine[]): EditedText {
  const ordered = edits.toSorted((a, b) => a.line - b.line || a.start - b.start || a.end - b.end)
  const lines: string[] = []
  const origins: number[] = []
  const put = (line: string, origin: number): void => {
    lines.push(line)
    origins.push(origin)
  }
  for (const [index, whole] of text.split('\n').entries()) {
    for (const { text: line } of added.filter(({ before }) => before === index + 1)) put(line, index + 1)
    let from = 0
    let edited = ''
    for (const { start, end, text: replacement } of ordered.filter(({ line }) => line === index + 1)) {
      edited += whole.slice(from, start - 1) + replacement
      from = end - 1
    }
    put(edited + whole.slice(from), index + 1)
  }
  return {
    text: lines.join('\n'),
    original(line, column) {
      const origin = origins[line - 1] ?? line
      let shift = 0
      for (const edit of ordered.filter((each) => each.line === origin)) {
        if (edit.start + shift + edit.text.length > column) break
        shift += edit.text.length - (edit.end - edit.start)
      }
      return { line: origin, column: Math.max(column - shift, 1) }
    },
  }
}
