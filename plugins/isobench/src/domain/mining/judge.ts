import { z } from 'zod'
import type { JudgeEvidence } from '../../schema/evidence.ts'
import type { Hunk } from '../../schema/analysis.ts'
import { type Message, delimited, render } from '../prompt.ts'
import { clip } from '../text.ts'
import type { MinedFile } from './decision.ts'
import type { PullRequest } from './pull-request.ts'

/** The prompt of the judge, a template. */
export interface JudgePrompt {
  readonly file: string
  readonly text: string
}

/** What the model is told of a commit. */
export interface JudgedChange {
  readonly message: string
  readonly pullRequest: PullRequest | null
  readonly files: readonly MinedFile[]
  /** Most telling first */
  readonly hunks: readonly Hunk[]
}

/** The system message is the same for all commits of a repository; the other one holds what strangers wrote, and no more. */
export function judgeMessages(
  { file, text }: JudgePrompt,
  names: { readonly repository: string; readonly package: string },
  change: JudgedChange,
  maximumCharacters: number,
): Message[] {
  return [
    { role: 'system', content: render(text, { ...names }, file) },
    { role: 'user', content: delimited('change', changeText(change, maximumCharacters)) },
  ]
}

/** A quarter each for the message, the pull request and the list of files; the diff gets what is left, whole hunks only. */
function changeText({ message, pullRequest, files, hunks }: JudgedChange, maximumCharacters: number): string {
  const quarter = Math.floor(maximumCharacters / 4)
  const about = pullRequest === null ? [] : ['', 'Pull request:', cut(pullRequestText(pullRequest), quarter)]
  const list = files.map(({ path, change, role }) => `- ${path} (${change}, ${role})`).join('\n')
  const above = ['Message:', cut(message.trim(), quarter), ...about, '', 'Files:', cut(list, quarter), '', 'Diff:']
  const lines: string[] = []
  let room = maximumCharacters - above.join('\n').length
  let omitted = 0
  for (const { path, header, text } of hunks) {
    const hunk = `--- ${path}\n${header}\n${text.trimEnd()}`
    if (hunk.length + 1 > room) omitted++
    else {
      room -= hunk.length + 1
      lines.push(hunk)
    }
  }
  return [...above, ...lines, ...(omitted === 0 ? [] : [`[${omitted} hunks omitted]`])].join('\n')
}

function pullRequestText({ title, labels, issues, body }: PullRequest): string {
  const closed = issues.map(({ number, title: issue }) => `Closes #${number}: ${issue}`)
  return [title, ...(labels.length === 0 ? [] : [`Labels: ${labels.join(', ')}`]), ...closed, body.trim()].join('\n')
}

function cut(text: string, maximum: number): string {
  return text.length <= maximum ? text : `${clip(text, maximum)}\n[${text.length - maximum} characters omitted]`
}

/** What an endpoint that keeps to a schema is asked for. */
export const judgeAnswer = {
  type: 'json_schema',
  json_schema: {
    name: 'verdict',
    strict: true,
    schema: {
      type: 'object',
      properties: {
        answer: { type: 'string', enum: ['yes', 'no'] },
        confidence: { type: 'number', description: 'From 0 to 1' },
        reason: { type: 'string', description: 'One sentence' },
      },
      required: ['answer', 'confidence', 'reason'],
      additionalProperties: false,
    },
  },
} as const

const Verdict = z.looseObject({
  answer: z.preprocess(
    (value) =>
      typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value).trim().toLowerCase().replace(/\W+$/, ''),
    z.enum(['yes', 'no']),
  ),
  confidence: z.preprocess(asShare, z.number().min(0).max(1).nullable()).catch(null),
  reason: z.string().catch(''),
})

/** 0.9, "0.9", 90 and "90 %" are the same. */
function asShare(value: unknown): unknown {
  const [, digits, percent] = /^\s*(\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(String(value)) ?? []
  if (digits === undefined) return null
  const number = Number(digits)
  return percent === '%' || number > 1 ? number / 100 : number
}

/** The verdict in an answer, wherever in it the JSON stands; null where none can be read. */
export function readVerdict(text: string): Omit<JudgeEvidence, 'model'> | null {
  for (const candidate of objectsIn(text)) {
    const verdict = Verdict.safeParse(candidate).data
    if (verdict === undefined) continue
    const reason = clip(verdict.reason.replaceAll(/\s+/g, ' ').trim(), 500).toWellFormed().replaceAll('\uFFFD', '?')
    return { answer: verdict.answer, confidence: verdict.confidence, reason }
  }
  return null
}

const mostBraces = 20

/** The JSON objects in a text: from an opening brace to the last closing one, or to the next. */
function objectsIn(text: string): unknown[] {
  const end = text.lastIndexOf('}')
  const starts = Array.from(text.matchAll(/\{/g), ({ index }) => index).slice(0, mostBraces)
  return starts.flatMap((start) =>
    [...new Set([end, text.indexOf('}', start)])]
      .filter((stop) => stop > start)
      .flatMap((stop) => {
        try {
          return [JSON.parse(text.slice(start, stop + 1)) as unknown]
        } catch {
          return []
        }
      }),
  )
}
