/** Which function or class each line of a Python file belongs to. */
export interface PythonOutline {
  /** Qualified names of all functions, methods and classes that can be imported */
  readonly names: ReadonlySet<string>
  /** By line, from 0: the innermost of them; null outside, and for blank lines and comments */
  readonly owners: readonly (string | null)[]
}

interface Frame {
  readonly indent: number
  readonly name: string
  readonly isFunction: boolean
}

const definition = /^(?:async[ \t]+def|def|class)[ \t]+([\p{L}_][\p{L}\p{N}_]*)/u

/**
 * Outlines Python by its indentation, without parsing it: old and new syntax, and files with errors, give as much as
 * can be told. A function in a function counts as the outer one, which can be imported. Decorators belong to what
 * they decorate.
 */
export function outlinePython(source: string): PythonOutline {
  return outline(source, Number.POSITIVE_INFINITY)
}

/**
 * The same for a part of a file, as a hunk shows it, below the line that git names as its section.
 * A definition that stands more than one level deeper than what is seen to hold it counts as that: what lies between,
 * a method around an inner function, say, is not in sight.
 */
export function outlineFragment(section: string, lines: readonly string[]): PythonOutline {
  const name = definition.exec(section)
  // The section may be the first line of several: its brackets are closed so that they do not swallow the lines.
  const opening = name === null ? '' : `${name[0]}():`
  const { names, owners } = outline([opening, ...lines].join('\n'), 4)
  return { names, owners: owners.slice(1) }
}

function outline(source: string, deepestStep: number): PythonOutline {
  const names = new Set<string>()
  const owners: (string | null)[] = []
  const lexer = new LineLexer()
  let frames: Frame[] = []
  let decorators: number[] | null = null
  for (const [index, raw] of source.split('\n').entries()) {
    const code = raw.trim()
    const inString = lexer.inString
    // Inside brackets no line can start a definition: there the brackets were misread.
    if (!inString && definition.test(code)) lexer.leaveBrackets()
    const starts = lexer.startsStatement && !/^[)\]}]/.test(code)
    lexer.read(raw)
    if (code === '' || (!inString && code.startsWith('#'))) {
      owners.push(null)
      continue
    }
    if (starts) {
      const indent = indentation(raw)
      frames = frames.filter((frame) => frame.indent < indent)
      const name = definition.exec(code)?.[1]
      const outer = frames.at(-1)
      if (name === undefined || indent - (outer?.indent ?? 0) > deepestStep) {
        decorators = code.startsWith('@') ? (decorators ?? []) : null
      } else {
        const frame = frameOf(name, !code.startsWith('class'), indent, outer)
        frames.push(frame)
        names.add(frame.name)
        for (const line of decorators ?? []) owners[line] = frame.name
        decorators = null
      }
    }
    decorators?.push(index)
    owners.push(frames.at(-1)?.name ?? null)
  }
  return { names, owners }
}

function frameOf(name: string, isFunction: boolean, indent: number, outer: Frame | undefined): Frame {
  if (outer === undefined) return { indent, name, isFunction }
  return outer.isFunction
    ? { indent, name: outer.name, isFunction: true }
    : { indent, name: `${outer.name}.${name}`, isFunction }
}

/** Columns of white space at the start of a line; a tab goes to the next multiple of eight, as in Python. */
function indentation(line: string): number {
  let columns = 0
  for (const character of line) {
    if (character === ' ') columns++
    else if (character === '\t') columns += 8 - (columns % 8)
    else break
  }
  return columns
}

/** Follows strings, brackets and line continuations from line to line. */
class LineLexer {
  #quote = ''
  #depth = 0
  #continued = false

  get inString(): boolean {
    return this.#quote !== ''
  }

  get startsStatement(): boolean {
    return this.#quote === '' && this.#depth === 0 && !this.#continued
  }

  leaveBrackets(): void {
    this.#depth = 0
  }

  read(line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    let index = 0
    while (index < text.length) {
      const character = text[index]!
      if (character === '\\') index += 2
      else if (this.#quote !== '') index += this.#readString(text, index)
      else if (character === '#') break
      else index += this.#readCode(text, index)
    }
    this.#continued = index > text.length
    if (this.#quote.length === 1 && !this.#continued) this.#quote = ''
  }

  #readString(text: string, index: number): number {
    if (!text.startsWith(this.#quote, index)) return 1
    const length = this.#quote.length
    this.#quote = ''
    return length
  }

  #readCode(text: string, index: number): number {
    const character = text[index]!
    if ('([{'.includes(character)) this.#depth++
    if (')]}'.includes(character)) this.#depth = Math.max(0, this.#depth - 1)
    if (character !== '"' && character !== "'") return 1
    this.#quote = text.startsWith(character.repeat(3), index) ? character.repeat(3) : character
    return this.#quote.length
  }
}
