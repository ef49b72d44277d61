import { clip } from '../text.ts'
import type { LeakFinding } from '../../schema/leak.ts'
import type { KnownChange } from './changed-lines.ts'

/** A shorter sentence, such as `improve the performance`, is anybody's. */
const fewestWords = 4
/** So many words in a row are copied, also out of a longer sentence. */
const wordsInRow = 8

/** How a message says the way to be faster, rather than the wish for it. */
const mechanism =
  /(?:^|\bto |\band |\bby |, )(?:us(?:e|ing)|cach(?:e|ing)|memoi[sz]\w*|re-?us\w*|replac\w*|avoid\w*|skip\w*|remov\w*|drop\w*|eliminat\w*|pre-?(?:alloc|comput|fetch)\w*|fus(?:e|ing)|batch(?:ing)?|vectori[sz]\w*|hoist\w*|mov(?:e|ing)|switch\w*|shar(?:e|ing)|deprecat\w*|inlin\w*|short-?circuit\w*|add(?:ing)?)\b|\b(?:instead of|rather than|in place of|without)\b/i

/** Sentences of the commit message, word for word. One that says how is the answer, one that says what is a hint. */
export function copiedMessage(text: string, { message }: Pick<KnownChange, 'message'>): LeakFinding[] {
  const lines = text.split('\n')
  const words = lines.flatMap((line, index) => wordsOf(line).map((word) => ({ word, line: index + 1 })))
  const joined = ` ${words.map(({ word }) => word).join(' ')} `
  return sentences(message).flatMap((sentence) => {
    const own = wordsOf(sentence)
    const run = copiedRun(own, joined)
    if (run === undefined) return []
    const before = joined.slice(0, joined.indexOf(` ${run} `)).split(' ').length - 1
    const line = words[before]!.line
    const severity = mechanism.test(sentence) ? ('answer' as const) : ('hint' as const)
    const matches = `the commit message: ${clip(sentence, 160)}`
    return [{ rule: 'copied-message' as const, severity, line, text: clip(lines[line - 1]!.trim(), 200), matches }]
  })
}

/** The whole sentence, or so many words of it as are copied; undefined where neither stands in the text. */
function copiedRun(own: readonly string[], joined: string): string | undefined {
  if (own.length < fewestWords) return undefined
  const whole = own.join(' ')
  if (joined.includes(` ${whole} `)) return whole
  const starts = Array.from({ length: Math.max(own.length - wordsInRow + 1, 0) }, (_, start) => start)
  const runs = starts.map((start) => own.slice(start, start + wordsInRow).join(' '))
  return runs.find((run) => joined.includes(` ${run} `))
}

/** Without tags, the number of the pull request and trailers: what is left is prose. */
function sentences(message: string): string[] {
  return message
    .split('\n')
    .filter((line) => !/^\s*(?:[A-Za-z-]+-by:|-{3,}|cherry picked from)/i.test(line))
    .map((line) => line.replace(/^\s*(?:\[[^\]]*\]\s*)*/, '').replaceAll(/\(?#\d+\)?/g, ''))
    .flatMap((line) => line.split(/(?<=[.!?;:])\s+/))
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')
}

function wordsOf(text: string): string[] {
  const prose = text.replaceAll(/\[[^\]]*\]|\(#\d+\)/g, ' ').toLowerCase()
  return prose.match(/[\p{L}\p{N}_]+/gu) ?? []
}
