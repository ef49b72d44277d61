import { IsobenchError } from '../errors.ts'
import type { TreeEntry } from './git-output.ts'

/**
 * Refuses a tree that would write outside its folder or into a git repository: git itself never makes such a tree, but
 * stores one that somebody else made.
 * @param links target of each symbolic link, by path
 * @throws IsobenchError `bad-input`
 */
export function refuseUnsafeTree(entries: readonly TreeEntry[], links: ReadonlyMap<string, string>, commit: string) {
  const seen = new Set<string>()
  for (const { path } of entries) {
    const parts = path.split('/')
    const unsafe = parts.some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git')
    const throughLink = parts.some((_, index) => index > 0 && links.has(parts.slice(0, index).join('/')))
    if (unsafe || throughLink || seen.has(path)) throw refused('path', path, commit)
    seen.add(path)
  }
  for (const [path, target] of links) {
    if (leadsOut(path, target)) throw refused('symbolic link', `${path} -> ${target}`, commit)
  }
}

/** `..` may only stand at the start, where it is counted against the link's own folder; later it could follow a link. */
function leadsOut(path: string, target: string): boolean {
  const parts = target.split('/').filter((part) => part !== '.' && part !== '')
  const climbs = parts.findIndex((part) => part !== '..')
  const up = climbs < 0 ? parts.length : climbs
  const depth = path.split('/').length - 1
  return target.startsWith('/') || up > depth || parts.slice(up).includes('..')
}

function refused(what: string, value: string, commit: string): IsobenchError {
  return new IsobenchError('bad-input', `${what} leads out of the tree of ${commit}: ${JSON.stringify(value)}`, {
    hint: 'such a commit cannot be built from source here',
  })
}
