/** HTML or SVG that may stand in a page as it is. Only `html` makes it, so text that came from elsewhere is always escaped. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What may stand in a template: text is escaped, null and false are nothing. */
export type Content = Markup | string | number | null | false | readonly Content[]

/** A template of HTML or SVG: whatever is inserted is escaped, unless it is markup itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(parts.map((part, index) => part + (index < values.length ? rendered(values[index]!) : '')).join(''))
}

/** Several pieces one after the other. */
export function joined(pieces: readonly Content[], separator: Content = ''): Markup {
  return new Markup(pieces.map(rendered).join(rendered(separator)))
}

/**
 * Text that stays text in HTML and in a quoted attribute. Control characters and marks that turn the direction of text
 * are shown by their number: they must not hide what a test or a message says.
 */
export function escaped(text: string): string {
  return text.toWellFormed().replaceAll(/[&<>"'\p{Cc}\p{Bidi_Control}]/gu, (character) => {
    const entity = entities[character]
    return entity ?? `[U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`
  })
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\n': '\n',
  '\t': '\t',
  '\r': '\n',
}

function rendered(value: Content): string {
  if (value === null || value === false) return ''
  if (value instanceof Markup) return value.text
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') return finite(value)
  return value.map(rendered).join('')
}

function finite(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`no number that a page can show: ${value}`)
  return String(value)
}
