import type { Evidence } from '../../schema/evidence.ts'
import { clip } from '../text.ts'
import type { MiningRules } from './rules.ts'

/** A message of more characters is read so far and no farther. */
const readCharacters = 20_000

/** A message as its two parts, without what a terminal or a settings file would take for something else. */
export interface MessageParts {
  readonly subject: string
  readonly body: string
}

/** The first line that is not blank, and what follows it. */
export function messageParts(message: string): MessageParts {
  // oxlint-disable-next-line no-control-regex
  const text = clip(message, readCharacters).replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\uFFFE\uFFFF]/g, ' ')
  const [subject = '', ...body] = text.trimStart().split('\n')
  return { subject: clip(subject.trim(), 500).toWellFormed(), body: body.join('\n').toWellFormed() }
}

/** What a message says for and against a commit. */
export function messageScore(parts: MessageParts, rules: MiningRules): Pick<Evidence, 'score' | 'matched'> {
  const matched: Evidence['matched'] = []
  for (const { pattern, in: where, weight, compiled } of rules.patterns) {
    const places = where === 'message' ? (['subject', 'body'] as const) : [where]
    for (const place of places) {
      const found = compiled.first(parts[place])
      if (found === undefined) continue
      matched.push({ pattern, in: place, weight, text: clip(found.replaceAll(/\s+/g, ' '), 100) })
      break
    }
  }
  return { score: matched.reduce((sum, { weight }) => sum + weight, 0), matched }
}

/** The commits that a message says it reverts, as git itself writes it. */
export function revertedCommits({ body }: MessageParts): string[] {
  return Array.from(body.matchAll(/\bThis reverts commit ([0-9a-f]{40})\b/g), ([, hash]) => hash!)
}
