import type { ChangedFile } from '../../schema/analysis.ts'
import type { Evidence } from '../../schema/evidence.ts'
import type { Repository } from '../../schema/repository.ts'
import { candidateFlags, isRevert } from '../candidate.ts'
import { roleOf } from '../file-role.ts'
import type { CommitFacts, KnownCommit, StoredChange } from '../git-output.ts'
import { clip } from '../text.ts'
import { type MessageParts, messageScore } from './message-score.ts'
import type { MiningRules } from './rules.ts'

/** Why a commit is not proposed, in the order in which it is asked. */
export const dropReasons = [
  'already-there',
  'rejected',
  'unreadable',
  'merge',
  'root',
  'base-missing',
  'revert',
  'excluded-message',
  'message',
  'not-a-candidate',
  'no-wanted-file',
  'too-large',
  'same-code',
  'already-proposed',
  'judge',
] as const
export type DropReason = (typeof dropReasons)[number]

/** What was decided of a commit, and by what. */
export interface Decision {
  readonly hash: string
  readonly subject: string
  /** null for a commit that is proposed */
  readonly dropped: DropReason | null
  /** What exactly it was, in one line */
  readonly detail: string
}

/** The detail of a commit whose change cannot be read for want of objects. */
export const notWhole = 'the mirror has not all of its files'

/** A drop without its commit. */
export type Drop = readonly [reason: DropReason, detail: string]

/** A file of a commit with its role, and what is stored of it. */
export type MinedFile = ChangedFile & Pick<StoredChange, 'baseBlob' | 'headBlob'>

/** What is known of a commit before it is read: whether it can have a base at all, and what people said. */
export function dropUnread(
  commit: KnownCommit,
  rules: MiningRules,
  existing: ReadonlyMap<string, string>,
): Drop | null {
  const folder = existing.get(commit.hash)
  if (folder !== undefined) return ['already-there', folder]
  const reason = rules.rejected.get(commit.hash)
  if (reason !== undefined) return ['rejected', reason]
  return commit.parents.length > 1 ? ['merge', `${commit.parents.length} parents`] : null
}

/** What the commit itself says: its parents, and its message. */
export function dropByMessage(
  { parents }: Pick<CommitFacts, 'parents'>,
  known: KnownCommit,
  parts: MessageParts,
  score: ReturnType<typeof messageScore>,
  rules: MiningRules,
): Drop | null {
  if (known.parents.length < parents.length) return ['base-missing', `beyond a shallow history: ${parents[0]}`]
  if (parents.length === 0) return ['root', 'no parent']
  if (isRevert(parts.subject)) return ['revert', 'the subject says so']
  const excluded = rules.excludedMessages.find((pattern) => pattern.test(parts.subject))
  if (excluded !== undefined) return ['excluded-message', excluded.first(parts.subject) ?? '']
  if (score.score >= rules.threshold && score.matched.some(({ weight }) => weight > 0)) return null
  const words = score.matched.map(({ text, weight }) => `${weight > 0 ? '+' : ''}${weight} ${text}`)
  return ['message', `score ${score.score} of ${rules.threshold}${words.length === 0 ? '' : `: ${words.join(', ')}`}`]
}

/** The changed files with their roles, less those whose paths do not count. */
export function minedFiles(
  changes: readonly StoredChange[],
  rules: MiningRules,
  settings: Pick<Repository, 'package' | 'native_paths'>,
): MinedFile[] {
  return changes
    .filter(({ path }) => !rules.isExcludedPath(path))
    .map(({ path, oldPath, change, linesAdded, linesRemoved, baseBlob, headBlob }) => {
      const facts = { path, change, lines_added: linesAdded }
      const role = roleOf(facts, settings)
      return Object.assign(facts, { old_path: oldPath, lines_removed: linesRemoved, role, baseBlob, headBlob })
    })
}

/** The files that decide: those of the wanted roles, most changed first. */
export function wantedFiles(files: readonly MinedFile[], rules: MiningRules): MinedFile[] {
  return files
    .filter(({ role }) => rules.roles.includes(role))
    .toSorted((a, b) => changedLines(b) - changedLines(a) || (a.path < b.path ? -1 : 1))
}

/** What the changed files say; `analyze` would rule a commit with these flags out as well. */
export function dropByFiles(subject: string, files: readonly MinedFile[], rules: MiningRules): Drop | null {
  const flags = candidateFlags({ subject, parents: 1, files })
  if (flags.length > 0) return ['not-a-candidate', flags.join(', ')]
  const wanted = wantedFiles(files, rules)
  if (wanted.length === 0) {
    return ['no-wanted-file', `${rolesText(rolesOf(files))}; wanted: ${rules.roles.join(', ')}`]
  }
  if (wanted.length > rules.max_files) return ['too-large', `${wanted.length} files of at most ${rules.max_files}`]
  const lines = wanted.reduce((sum, file) => sum + changedLines(file), 0)
  return lines > rules.max_lines ? ['too-large', `${lines} lines of at most ${rules.max_lines}`] : null
}

const mostMatches = 30

/** What a reviewer is told of a commit. */
export function evidenceOf(
  { authorDate, commitDate }: CommitFacts,
  { subject }: MessageParts,
  score: ReturnType<typeof messageScore>,
  files: readonly MinedFile[],
  rules: MiningRules,
): Evidence {
  const wanted = wantedFiles(files, rules)
  const sum = (key: 'lines_added' | 'lines_removed') => wanted.reduce((total, file) => total + (file[key] ?? 0), 0)
  return {
    subject: plain(subject),
    author_date: authorDate,
    commit_date: commitDate,
    score: score.score,
    matched: score.matched.slice(0, mostMatches).map((match) => Object.assign({}, match, { text: plain(match.text) })),
    files: rolesOf(files),
    lines: { added: sum('lines_added'), removed: sum('lines_removed') },
    changed: wanted.slice(0, 20).map(({ path }) => plain(clip(path, 500))),
  }
}

function plain(text: string): string {
  return text.toWellFormed().replaceAll('\uFFFD', '?')
}

function changedLines(file: ChangedFile): number {
  return (file.lines_added ?? 0) + (file.lines_removed ?? 0)
}

function rolesOf(files: readonly ChangedFile[]): Evidence['files'] {
  const counts: Evidence['files'] = {}
  for (const { role } of files) counts[role] = (counts[role] ?? 0) + 1
  return counts
}

function rolesText(roles: Evidence['files']): string {
  const parts = Object.entries(roles).map(([role, count]) => `${role} ${count}`)
  return parts.length === 0 ? 'no file' : parts.join(', ')
}
