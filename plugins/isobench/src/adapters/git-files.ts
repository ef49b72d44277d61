import { gitEnvironment } from './git-mirror.ts'
import { run } from './process.ts'

/** Files of this many commits are read by one process at the most. */
const filesAtOnce = 500
const maximumOutputBytes = 1_000_000_000

/**
 * Reads one file at many commits of a bare repository: a process costs more than the reading of many files.
 * @param path as git has it, without a line break
 * @returns the bytes by commit, where that has such a file
 */
export async function readFiles(
  directory: string,
  commits: readonly string[],
  path: string,
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>()
  for (let start = 0; start < commits.length; start += filesAtOnce) {
    const some = commits.slice(start, start + filesAtOnce)
    const result = await run('git', ['cat-file', '--batch'], {
      environment: gitEnvironment(directory),
      input: some.map((commit) => `${commit}:${path}\n`).join(''),
      encoding: 'latin1',
      maximumOutputBytes,
    })
    if (result.exitCode !== 0) throw new Error(`git cat-file in ${directory}: ${result.stderr}`)
    let at = 0
    for (const commit of some) {
      const end = result.stdout.indexOf('\n', at)
      const [, type, size] = /^[0-9a-f]{40} (\w+) (\d+)$/.exec(result.stdout.slice(at, end)) ?? []
      at = end + 1
      if (size === undefined) continue // `<commit>:<path> missing`
      if (type === 'blob') found.set(commit, Buffer.from(result.stdout.slice(at, at + Number(size)), 'latin1'))
      at += Number(size) + 1
    }
  }
  return found
}
