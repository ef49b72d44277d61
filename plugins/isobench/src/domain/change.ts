import type { Analysis, ChangedFile } from '../schema/analysis.ts'
import type { Outcome } from '../schema/outcome.ts'
import { failed } from '../schema/outcome.ts'
import type { Repository } from '../schema/repository.ts'
import { affectedApis, confirmedApis } from './affected-apis.ts'
import { candidateFlags, candidateOutcome, changeClass } from './candidate.ts'
import { type PythonChange, changedFunctions } from './changed-functions.ts'
import type { FileDiff } from './diff.ts'
import { changesNativeCode, roleOf } from './file-role.ts'
import type { RawChange } from './git-output.ts'
import { rankedHunks } from './hunks.ts'
import { clip } from './text.ts'

/** A commit and what it changes, wherever that was read. */
export interface Change {
  readonly source: Analysis['source']
  readonly head: string
  /** null for a root commit without a base of its own */
  readonly base: string | null
  readonly parents: number
  readonly message: string
  readonly authorDate: string | null
  readonly commitDate: string
  readonly files: readonly RawChange[]
  readonly diffs: readonly FileDiff[]
  /** Content of the Python files on both sides, as far as it is known */
  readonly python: readonly PythonChange[]
  /** Names that somebody claims to be affected; those that the change bears out are taken */
  readonly claimedApis: readonly string[]
}

/** Which of the changed files are read whole to find the changed functions: Python source that is still a file. */
export function wantsContent(diff: FileDiff, repository: Repository): boolean {
  const file = { path: diff.path, change: diff.change, lines_added: diff.linesAdded }
  return diff.path.endsWith('.py') && diff.hunks.length > 0 && roleOf(file, repository) === 'source'
}

/** What `analyze` finds out about a change. A pure function: equal changes give equal analyses. */
export function analyzeChange(change: Change, repository: { name: string; settings: Repository }): Analysis {
  const { settings } = repository
  const files = change.files.map((file) => describeFile(file, settings)).toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const subject = clip(change.message.trimStart().split('\n', 1)[0]!.trimEnd(), 500)
  const flags = change.base === null ? (['root'] as const) : candidateFlags({ subject, parents: change.parents, files })
  const functions = changedFunctions(change.python, settings)
  const apis = [...affectedApis(functions), ...confirmedApis(change.claimedApis, change.diffs, settings)]
  return {
    schema_version: 1,
    outcome: outcomeOf(change, flags),
    repository: repository.name,
    head_commit: change.head,
    base_commit: change.base,
    source: change.source,
    subject,
    message: clip(change.message, 100_000),
    author_date: change.authorDate,
    commit_date: change.commitDate,
    flags: [...flags],
    change_class: changeClass(files, change.diffs),
    files,
    functions: functions.map(({ path, name, module, sides }) => ({ path, name, module, sides })),
    affected_apis: [...new Set(apis)],
    hunks: rankedHunks(change.diffs, files, settings),
    native_changed: files.some((file) => changesNativeCode(file, settings)),
  }
}

function outcomeOf(change: Change, flags: readonly Analysis['flags'][number][]): Outcome {
  if (change.base !== null) return candidateOutcome(flags)
  return failed('no-base', `root commit, so there is nothing to compare it with: ${change.head}`)
}

function describeFile(file: RawChange, settings: Repository): ChangedFile {
  const facts = { path: file.path, change: file.change, lines_added: file.linesAdded }
  return { ...facts, old_path: file.oldPath, role: roleOf(facts, settings), lines_removed: file.linesRemoved }
}
