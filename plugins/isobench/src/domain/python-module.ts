import type { Repository } from '../schema/repository.ts'

/** Where the import package lies in the repository, e.g. `python/sglang`; a single module has the same without `.py`. */
export function packagePath(repository: Pick<Repository, 'package'>): string {
  const { root, import: name } = repository.package
  const folder = name.replaceAll('.', '/')
  const parts = (root ?? '').split('/').filter((part) => part !== '' && part !== '.')
  return [...parts, folder].join('/')
}

/** Whether a path of the repository belongs to the import package. */
export function isInPackage(path: string, repository: Pick<Repository, 'package'>): boolean {
  const root = packagePath(repository)
  return path.startsWith(`${root}/`) || path === `${root}.py`
}

/** The dotted name under which a file is imported; null for a file outside the package or one that has no such name. */
export function moduleOf(path: string, repository: Pick<Repository, 'package'>): string | null {
  if (!isInPackage(path, repository) || !path.endsWith('.py')) return null
  const inside = path.slice(packagePath(repository).length).replace(/\.py$/, '')
  const parts = inside.split('/').filter((part) => part !== '')
  if (parts.at(-1) === '__init__') parts.pop()
  if (!parts.every((part) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(part))) return null
  return [repository.package.import, ...parts].join('.')
}
