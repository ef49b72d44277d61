import { setTimeout as wait } from 'node:timers/promises'
import { gitEnvironment } from './git-mirror.ts'
import { run } from './process.ts'

/** Files of this many commits are read by one process at the most. */
const filesAtOnce = 100
/** For so long the first one waits for others. */
const gatherMilliseconds = 5
const maximumOutputBytes = 1_000_000_000

interface Wanted {
  readonly object: string
  readonly give: (content: Uint8Array | null) => void
  readonly fail: (error: unknown) => void
}

/**
 * Reads files of commits from a bare repository. What is asked for at about the same time, or while a git process
 * runs, is read by one process: it costs more than the reading of many files.
 * @returns gives the bytes of a file as they are stored, null where it is not found, or its path holds a line break
 */
export function fileReader(directory: string): (commit: string, path: string) => Promise<Uint8Array | null> {
  const waiting: Wanted[] = []
  let running = false

  const work = async () => {
    running = true
    while (waiting.length > 0) {
      await wait(gatherMilliseconds)
      const some = waiting.splice(0, filesAtOnce)
      try {
        const contents = await readObjects(
          directory,
          some.map(({ object }) => object),
        )
        for (const [index, { give }] of some.entries()) give(contents[index]!)
      } catch (error) {
        for (const { fail } of some) fail(error)
      }
    }
    running = false
  }

  return (commit, path) => {
    if (path.includes('\n') || path.split('/').some((part) => ['', '.', '..'].includes(part))) {
      return Promise.resolve(null)
    }
    return new Promise((give, fail) => {
      waiting.push({ object: `${commit}:${path}`, give, fail })
      if (!running) void work()
    })
  }
}

/** The contents of files by `<commit>:<path>`, in the order of the names; null for what is no file. */
async function readObjects(directory: string, names: readonly string[]): Promise<(Uint8Array | null)[]> {
  const result = await run('git', ['cat-file', '--batch'], {
    environment: gitEnvironment(directory),
    input: names.map((name) => `${name}\n`).join(''),
    encoding: 'latin1',
    maximumOutputBytes,
  })
  if (result.exitCode !== 0) throw new Error(`git cat-file in ${directory}: ${result.stderr}`)
  let at = 0
  return names.map(() => {
    const end = result.stdout.indexOf('\n', at)
    const [, type, bytes] = /^[0-9a-f]{40} (\w+) (\d+)$/.exec(result.stdout.slice(at, end)) ?? []
    at = end + 1
    if (bytes === undefined) return null // `<name> missing`
    const content = result.stdout.slice(at, at + Number(bytes))
    at += Number(bytes) + 1
    return type === 'blob' ? Buffer.from(content, 'latin1') : null
  })
}
