import type { Git } from '../git.ts'
import type { FileReader } from './source.ts'

/** So many ancestors are read ahead: whoever asks for one goes on to its first parents. */
const ancestors = 50

/**
 * Reads a file at all of these commits when it is first asked for at one of them, and at any other together with its
 * ancestors: a process of git costs more than the reading of many files.
 */
export function readerAhead(commits: readonly string[], git: () => Promise<Git>): FileReader {
  const ofPaths = new Map<string, Map<string, ReturnType<Git['files']>>>()
  return async (commit, path) => {
    const repository = await git()
    const read = ofPaths.get(path) ?? new Map<string, ReturnType<Git['files']>>()
    ofPaths.set(path, read)
    if (!read.has(commit)) {
      const group = commits.includes(commit) ? commits : await withParents(repository, commit)
      const files = repository.files(group, path)
      for (const each of group) {
        if (!read.has(each)) read.set(each, files)
      }
    }
    return (await read.get(commit)!).get(commit) ?? null
  }
}

async function withParents(git: Git, commit: string): Promise<string[]> {
  return (await git.firstParents(commit, ancestors)).map(({ hash }) => hash)
}
