import type { ChangedFile, Hunk } from '../schema/analysis.ts'
import type { Repository } from '../schema/repository.ts'
import type { DiffHunk, FileDiff } from './diff.ts'
import { pathInPackage } from './python-module.ts'
import { clip } from './text.ts'

const maximumLineCharacters = 500
/** As much as the longest prompt can hold (`max_prompt_characters`). */
const maximumCharacters = 2_000_000

const noise = new Set<ChangedFile['role']>(['lock', 'generated', 'binary', 'documentation', 'test'])

/**
 * The hunks that say what a commit does, most telling first: source of the package, native code, other source,
 * configuration, the rest; within these by changed lines, then by place. A hunk beyond what a prompt can hold is left
 * out; the line counts of `files` still have it.
 */
export function rankedHunks(
  diffs: readonly FileDiff[],
  files: readonly ChangedFile[],
  repository: Pick<Repository, 'package'>,
): Hunk[] {
  const roles = new Map(files.map((file) => [file.path, file.role]))
  const ranked = diffs
    .filter((diff) => !noise.has(roles.get(diff.path) ?? 'other'))
    .flatMap((diff) =>
      diff.hunks.map((hunk) => ({
        path: diff.path,
        header: clip(hunk.header, maximumLineCharacters),
        text: hunk.lines.map((line) => clip(line, maximumLineCharacters)).join('\n'),
        rank:
          weight(roles.get(diff.path) ?? 'other', pathInPackage(diff.path, repository) !== null) + changedLines(hunk),
      })),
    )
    .toSorted((a, b) => b.rank - a.rank || compare(a.path, b.path)) // a stable sort: hunks of a file keep their order
  let room = maximumCharacters
  return ranked.filter(({ header, text }) => {
    const size = header.length + text.length + 2
    const fits = size <= room
    if (fits) room -= size
    return fits
  })
}

function weight(role: ChangedFile['role'], inPackage: boolean): number {
  const order: readonly ChangedFile['role'][] = ['ci', 'benchmark', 'other', 'configuration', 'source', 'native']
  const tier = role === 'source' && inPackage ? order.length : order.indexOf(role)
  return tier * 1_000_000
}

/** At most 999,999, so that it never outweighs the role. */
function changedLines(hunk: DiffHunk): number {
  return Math.min(hunk.lines.filter((line) => line.startsWith('+') || line.startsWith('-')).length, 999_999)
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
