import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

export { sha256 } from '../domain/digest.ts'

/** What is smaller is read or written in one go: promises take ten times the processor, which thousands of files feel. */
const smallBytes = 64 * 1024

/** The text of a file, or undefined when there is no such file. Invalid UTF-8 becomes U+FFFD. */
export async function readTextIfPresent(path: string): Promise<string | undefined> {
  try {
    const { size } = statSync(path, { throwIfNoEntry: false }) ?? {}
    if (size === undefined) return undefined
    return size < smallBytes ? readFileSync(path, 'utf8') : await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false
      throw error
    },
  )
}

/**
 * Writes a file whole or not at all: temporary file beside it, fsync, rename. The rename alone sees to it that nothing
 * half-written has the name of the file, whatever is killed and when; the fsync keeps the file through a loss of power,
 * after which a file system may show a renamed file that is short. `durable: false` leaves it out, for what is made again
 * from what is kept and is checked when it is read.
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
  { durable = true }: { readonly durable?: boolean } = {},
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    if (!durable && isSmall(content)) {
      await inFolder(temporary, () => writeFileSync(temporary, content, { flag: 'wx' }))
      renameSync(temporary, path)
      return
    }
    const handle = await inFolder(temporary, () => open(temporary, 'wx'))
    try {
      await handle.writeFile(content)
      if (durable) await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

function isSmall(content: string | Uint8Array | AsyncIterable<Uint8Array>): content is string | Uint8Array {
  return (typeof content === 'string' || content instanceof Uint8Array) && content.length < smallBytes
}

/** Makes a file; its folder is made when it is missing. */
async function inFolder<Result>(path: string, make: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await make()
  } catch (error) {
    if (!isMissing(error)) throw error
    await mkdir(dirname(path), { recursive: true })
    return make()
  }
}

/** Whether an error of the file system says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
