import type { Analysis, ChangedFunction, Hunk } from '../schema/analysis.ts'
import type { Environment } from '../schema/environment.ts'
import { delimited } from './prompt.ts'
import { type Signatures, signatureEntries } from './signature-list.ts'

const mostNames = 60

/**
 * The section of the prompt about the change, at most `maximumCharacters` long and a little more for its frame.
 * Message and lists get a fixed part each; the diff gets the rest, whole hunks only, most telling first. A hunk that
 * does not fit is left out and counted, so that one huge hunk cannot hide the others.
 */
export function changeSection(
  analysis: Analysis,
  environment: Environment,
  maximumCharacters: number,
  signatures: Signatures = { base: {}, head: {} },
): string {
  const lists = [
    ...heading(
      'Files',
      analysis.files,
      maximumCharacters / 8,
      (file) => `- ${file.path} (${file.change}, ${file.role})`,
    ),
    ...heading('Changed functions', analysis.functions, maximumCharacters / 8, functionLine),
    ...heading('Affected public names', analysis.affected_apis, maximumCharacters / 8, (name) => `- ${name}`),
    ...heading(
      'Signatures as installed',
      signatureEntries(namesToLookUp(analysis), signatures),
      maximumCharacters / 8,
      (entry) => entry,
    ),
  ]
  const above = [
    `Commit: ${analysis.head_commit}`,
    `Installed: ${installed(environment)}`,
    `Kind of change: ${analysis.change_class}`,
    '',
    'Message:',
    ...message(analysis.message.trim(), maximumCharacters / 4),
    '',
    ...lists,
  ].join('\n')
  return delimited('change', `${above}\n${diff(analysis.hunks, maximumCharacters - above.length)}`)
}

/** The names whose signatures help most to call the change: what it affects, then the changed functions themselves. */
export function namesToLookUp({ affected_apis, functions }: Analysis): string[] {
  const changed = functions.flatMap(({ module, name }) => (module === null ? [] : [`${module}.${name}`]))
  return [...new Set([...affected_apis, ...changed])].slice(0, mostNames)
}

function installed(environment: Environment): string {
  const sides = [environment.base, environment.head]
  return sides.map((side, index) => `${index === 0 ? 'base' : 'head'} ${side?.version ?? 'unknown'}`).join(', ')
}

function functionLine(changed: ChangedFunction): string {
  const name = changed.module === null ? `${changed.path}: ${changed.name}` : `${changed.module}.${changed.name}`
  return `- ${name} (${changed.sides.length === 2 ? 'base and head' : `${changed.sides[0] ?? 'neither side'} only`})`
}

function message(text: string, maximumCharacters: number): string[] {
  const characters = Math.floor(maximumCharacters)
  if (text.length <= characters) return [text]
  return [text.slice(0, characters), `[${text.length - characters} characters of the message omitted]`]
}

function heading<Item>(
  title: string,
  items: readonly Item[],
  maximumCharacters: number,
  line: (item: Item) => string,
): string[] {
  if (items.length === 0) return []
  const shown: string[] = []
  let room = maximumCharacters
  for (const item of items) {
    const text = line(item)
    room -= text.length + 1
    if (room < 0) break
    shown.push(text)
  }
  const omitted = items.length - shown.length
  return [`${title}:`, ...shown, ...(omitted === 0 ? [] : [`[${omitted} omitted]`]), '']
}

function diff(hunks: readonly Hunk[], maximumCharacters: number): string {
  if (hunks.length === 0) return 'Diff: nothing that could be shown'
  const lines = ['Diff, most telling hunks first:']
  let room = maximumCharacters
  let path = ''
  const omitted: Hunk[] = []
  for (const hunk of hunks) {
    const text = `${hunk.path === path ? '' : `--- ${hunk.path}\n`}${hunk.header}\n${hunk.text.trimEnd()}`
    if (text.length + 1 > room) {
      omitted.push(hunk)
      continue
    }
    room -= text.length + 1
    path = hunk.path
    lines.push(text)
  }
  const omittedLines = omitted.reduce((count, hunk) => count + hunk.text.trimEnd().split('\n').length, 0)
  if (omitted.length > 0) lines.push(`[${omitted.length} hunks, ${omittedLines} lines omitted]`)
  return lines.join('\n')
}
