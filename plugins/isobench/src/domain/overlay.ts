import type { ChangedFile } from '../schema/analysis.ts'
import type { Repository } from '../schema/repository.ts'
import { changesNativeCode, roleOf } from './file-role.ts'
import type { RawChange } from './git-output.ts'

/** Files that METADATA and the list of what is packaged are made from. */
const packagingName =
  /(^|\/)(pyproject\.toml|setup\.(py|cfg)|MANIFEST\.in|[^/]*requirements[^/]*\.(txt|in)|hatch_build\.py|meson\.build|BUILD(\.bazel)?)$|(^|\/)requirements\//i

/**
 * The first changed file that makes the wheel of an ancestor useless: compiled code, or what says how the package is
 * built and what it needs; null when the change is of other files only.
 */
export function overlayObstacle(changes: readonly RawChange[], settings: Repository): string | null {
  const obstacle = changes.map((change) => describe(change, settings)).find((file) => isObstacle(file, settings))
  return obstacle?.path ?? null
}

function isObstacle(file: ChangedFile, settings: Repository): boolean {
  const paths = [file.path, ...(file.old_path === null ? [] : [file.old_path])]
  return changesNativeCode(file, settings) || paths.some((path) => packagingName.test(path))
}

function describe(change: RawChange, settings: Repository): ChangedFile {
  const facts = { path: change.path, change: change.change, lines_added: change.linesAdded }
  return {
    ...facts,
    old_path: change.oldPath,
    role: roleOf(facts, settings),
    lines_removed: change.linesRemoved,
  }
}

/**
 * The version of a wheel that was made from the wheel of an ancestor: the public part of the version of that one, a
 * local part that names the commit, then whatever else the local part of that one says, such as `cu129`.
 */
export function overlayVersion(ancestorVersion: string, commit: string): string {
  const [publicPart = '', local = ''] = ancestorVersion.split('+')
  const others = local.split('.').filter((part) => part !== '' && part !== 'overlay' && !/^g[0-9a-f]{7,40}$/.test(part))
  return `${publicPart}+${['overlay', `g${commit.slice(0, 9)}`, ...others].join('.')}`
}
