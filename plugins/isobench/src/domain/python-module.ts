import type { Repository } from '../schema/repository.ts'

type Settings = Pick<Repository, 'package'>

/** Packages move: what lies in `src` today lay at the root when the commit was made, or the other way round. */
const usualRoots = ['', 'src', 'python', 'lib']

/** The folders of a tree in which the package may lie, in the order of looking; empty: the root of the tree. */
export function packageRoots(repository: Settings): string[] {
  return [(repository.package.root ?? '').replaceAll(/^(\.\/)+|^\.$|\/+$/g, ''), ...usualRoots]
}

/**
 * The path of a file inside the import package, with a slash in front, e.g. `/srt/server.py`; the path `.py` is the
 * package as a single module. Looked for below `package.root` first, then where packages usually lie.
 * @returns null for a file outside the package
 */
export function pathInPackage(path: string, repository: Settings): string | null {
  const name = repository.package.import
  for (const folder of packageRoots(repository)) {
    const start = `${folder === '' ? '' : `${folder}/`}${name.replaceAll('.', '/')}`
    if (path.startsWith(`${start}/`) || path === `${start}.py`) return path.slice(start.length)
  }
  return null
}

/** The dotted name under which a file is imported; null for a file outside the package or one that has no such name. */
export function moduleOf(path: string, repository: Settings): string | null {
  const inside = pathInPackage(path, repository)
  if (inside === null || !inside.endsWith('.py')) return null
  const parts = inside
    .slice(0, -'.py'.length)
    .split('/')
    .filter((part) => part !== '')
  if (parts.at(-1) === '__init__') parts.pop()
  if (!parts.every((part) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(part))) return null
  return [repository.package.import, ...parts].join('.')
}
