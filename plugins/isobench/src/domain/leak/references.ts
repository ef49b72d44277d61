import { clip } from '../text.ts'
import type { LeakFinding } from '../../schema/leak.ts'
import type { KnownChange } from './changed-lines.ts'

/** Where the answer can be read: the hash of the head, and the pull request that the subject ends with. */
export function references(text: string, { head_commit: head, subject }: KnownChange): LeakFinding[] {
  const request = /\(#(\d+)\)\s*$/.exec(subject)?.[1]
  return text.split('\n').flatMap((line, index) => {
    const hash = (line.match(/(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])/gi) ?? []).find((each) =>
      head.startsWith(each.toLowerCase()),
    )
    const found = [
      ...(hash === undefined ? [] : [`the hash of the commit: ${head}`]),
      ...(request !== undefined && namesRequest(line, request) ? [`the pull request of the commit: #${request}`] : []),
    ]
    return found.map((matches) => ({
      rule: 'reference' as const,
      severity: 'answer' as const,
      line: index + 1,
      text: clip(line.trim(), 200),
      matches,
    }))
  })
}

function namesRequest(line: string, number: string): boolean {
  return new RegExp(`(?:#|pull/|\\b(?:PR|pull request|merge request)\\s*#?)${number}(?!\\d)`, 'i').test(line)
}
