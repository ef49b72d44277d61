import { IsobenchError } from '../errors.ts'
import type { Repository } from '../schema/repository.ts'
import { applyHunks } from './apply-hunks.ts'
import { type Change, wantsContent } from './change.ts'
import type { PythonChange } from './changed-functions.ts'
import { type FileDiff, parseDiff } from './diff.ts'
import type { ExtractedFile, Extraction } from './extraction.ts'
import type { RawChange } from './git-output.ts'

/**
 * What an extraction says of the change itself. Counts come from its diff, as its own are wrong (they count the `+++`
 * line); a file that it names without a diff is kept, with unknown counts.
 */
export function changeOfExtraction(
  extraction: Extraction,
  repository: Repository,
): Pick<Change, 'files' | 'diffs' | 'python' | 'claimedApis'> {
  const diffs = parseDiff(extraction.diff)
  if (diffs.length === 0 && extraction.diff.trim() !== '') {
    throw new IsobenchError('bad-input', `extraction has a diff without a \`diff --git\` line: ${extraction.head}`)
  }
  const paths = new Set(diffs.flatMap((diff) => [diff.path, diff.oldPath ?? diff.path]))
  const unseen = extraction.files.filter((file) => !paths.has(file.path)).map(withoutDiff)
  const contents = new Map(extraction.files.map((file) => [file.path, file.old_content]))
  return {
    files: [...diffs, ...unseen],
    diffs,
    python: diffs
      .filter((diff) => wantsContent(diff, repository))
      .map((diff) => withContent(diff, contents.get(diff.path) ?? null)),
    claimedApis: extraction.apis,
  }
}

function withoutDiff(file: ExtractedFile): RawChange {
  return { path: file.path, oldPath: null, change: file.change ?? 'modified', linesAdded: null, linesRemoved: null }
}

/** The content at head is that at base with the hunks applied; where they do not fit, neither is believed. */
function withContent(diff: FileDiff, oldContent: string | null): PythonChange {
  const base = diff.change === 'added' ? '' : oldContent === '' ? null : oldContent
  const head = diff.change === 'deleted' ? '' : base === null ? null : applyHunks(base, diff.hunks)
  return { diff, base: head === null ? null : base, head }
}
