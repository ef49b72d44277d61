import { type Markup, html, joined } from './markup.ts'

const keywords = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield match case'.split(
    ' ',
  ),
)

/**
 * The tokens that are coloured. An unclosed string ends with the file or its line, so that every character is looked at
 * once, whatever the text is.
 */
const token = new RegExp(
  [
    /(?<comment>#[^\n]*)/u,
    /(?<string>(?:\b[rbfuRBFU]{1,2})?(?:"""(?:\\[^]|[^\\])*?(?:"""|(?![^]))|'''(?:\\[^]|[^\\])*?(?:'''|(?![^]))|"(?:\\[^]|[^"\\\n])*"?|'(?:\\[^]|[^'\\\n])*'?))/u,
    /(?<decorator>@(?<=^[ \t]*@)[\w.]+)/mu,
    /(?<number>\b\d[\w.]*)/u,
    /(?<word>[\p{L}_][\p{L}\p{N}_]*)/u,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gmu',
)

/** Python as markup with its comments, strings, numbers, keywords and defined names marked. Any text is taken. */
export function pythonMarkup(source: string): Markup {
  const pieces: Markup[] = []
  let end = 0
  let previousWord = ''
  for (const match of source.matchAll(token)) {
    const kind = kindOf(match.groups!, previousWord)
    previousWord = match.groups!['word'] ?? ''
    if (kind === null) continue
    pieces.push(html`${source.slice(end, match.index)}<span class="${kind}">${match[0]}</span>`)
    end = match.index + match[0].length
  }
  return joined([...pieces, source.slice(end)])
}

function kindOf(groups: Readonly<Record<string, string | undefined>>, previousWord: string): string | null {
  const { word } = groups
  if (word === undefined) {
    const [kind] = Object.entries(groups).find(([, text]) => text !== undefined)!
    return `code-${kind}`
  }
  if (keywords.has(word)) return 'code-keyword'
  return previousWord === 'def' || previousWord === 'class' ? 'code-name' : null
}
