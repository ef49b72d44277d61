/** Languages whose comments can be told from their code here. */
export type Language = 'python' | 'c'

const extensions: readonly [RegExp, Language][] = [
  [/\.pyi?$/, 'python'],
  [/\.(c|cc|cpp|cxx|cu|cuh|h|hh|hpp|hip|inl|metal|mm|cl|go)$/i, 'c'],
]

/** The language of a file by its name; undefined for one that is not known here. */
export function languageOf(path: string): Language | undefined {
  return extensions.find(([name]) => name.test(path))?.[1]
}

/** Two readings of a Python file that need no parser. */
export interface PythonReading {
  /**
   * Words, numbers and operators, without comments, layout, text, and the brackets and commas that may be left out.
   * Equal syntax trees have equal words, so different words mean different code; equal words mean nothing yet. What
   * stands in byte strings is taken as it is.
   */
  readonly words: string
  /** The lines without comments, blank lines and white space at their ends: equal ones are the same code. */
  readonly lines: string
}

export function readPython(source: string): PythonReading {
  const words: string[] = []
  const pieces: string[] = []
  const token =
    /\s+|\\\r?\n|#[^\n]*|([rRbBuUfFtT]{0,2})("""|'''|"|')|([\p{L}_][\p{L}\p{N}_]*)|(\.?\d[\p{L}\p{N}_.]*)|./suy
  for (let match = token.exec(source); match !== null; match = token.exec(source)) {
    const [text, prefix = '', quote, word, number] = match
    if (quote !== undefined) {
      const start = token.lastIndex
      token.lastIndex = endOfString(source, start, quote)
      const content = source.slice(start, token.lastIndex)
      if (/b/i.test(prefix)) words.push(content)
      pieces.push(text, content.replaceAll('\n', '\0')) // on one line, so that a blank line in it is none
    } else if (!text.startsWith('#')) {
      pieces.push(text)
      if (word !== undefined) words.push(word)
      else if (number !== undefined) words.push(number.toLowerCase().replaceAll('_', ''))
      else if (!/^[\s\\(),;]/.test(text)) words.push(text)
    }
  }
  const code = pieces
    .join('')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
  return { words: words.join(' '), lines: code.join('\n') }
}

/** Just behind the closing quote; a string in one pair of quotes ends with its line at the latest. */
function endOfString(source: string, start: number, quote: string): number {
  for (let index = start; index < source.length; index++) {
    if (source[index] === '\\') index++
    else if (source.startsWith(quote, index)) return index + quote.length
    else if (quote.length === 1 && source[index] === '\n') return index
  }
  return source.length
}

/**
 * The tokens of C, C++, CUDA and their like without comments and layout. Directives of the preprocessor keep their end,
 * as a line break has a meaning there.
 */
export function cTokens(source: string): string {
  const tokens: string[] = []
  const spliced = source.replaceAll(/\\\r?\n/g, '')
  const token =
    /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|(\n)|\s+|(R"([^()\\\s]{0,16})\([\s\S]*?\)\3")|("(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)|([\p{L}\p{N}_$]+)|(.)/suy
  let isDirective = false
  let isLineStart = true
  for (let match = token.exec(spliced); match !== null; match = token.exec(spliced)) {
    const [, newline, raw, , text, word, other] = match
    if (newline !== undefined) {
      if (isDirective) tokens.push('\n')
      isDirective = false
      isLineStart = true
      continue
    }
    const code = raw ?? text ?? word ?? other
    if (code === undefined) continue
    if (isLineStart && code === '#') isDirective = true
    isLineStart = false
    tokens.push(code)
  }
  return tokens.join(' ')
}
