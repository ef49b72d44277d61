/** The first `maximum` characters of a text, one less where that would cut a character of two code units in half. */
export function clip(text: string, maximum: number): string {
  if (text.length <= maximum) return text
  return text.slice(0, maximum).replace(/[\uD800-\uDBFF]$/, '')
}
