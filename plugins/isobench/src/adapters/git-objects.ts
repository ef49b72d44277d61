import { IsobenchError } from '../errors.ts'
import { gitEnvironment } from './git-mirror.ts'
import { run } from './process.ts'

const maximumOutputBytes = 1_000_000_000

/** Runs git in one bare repository; what it prints, by default as UTF-8. */
export type GitProcess = (
  args: readonly string[],
  input?: string,
  /** An exit code besides 0 that is an answer */
  answer?: number,
  encoding?: 'utf8' | 'latin1',
) => Promise<string>

/** @throws IsobenchError `corrupt-artifact` when the mirror has not all that it should have */
export function gitProcess(directory: string): GitProcess {
  return async (args, input = '', answer = 0, encoding = 'utf8') => {
    const options = { environment: gitEnvironment(directory), input, encoding, maximumOutputBytes }
    const { exitCode, stdout, stderr } = await run('git', args, options)
    if (exitCode === 0 || exitCode === answer) return stdout
    if (/unable to read|bad object|missing|corrupt|loose object|could not (?:read|fetch)/i.test(stderr)) {
      throw new IsobenchError('corrupt-artifact', `the mirror is not whole: ${stderr.split('\n', 1)[0]}`, {
        hint: `delete ${directory}; it is made again`,
      })
    }
    throw new Error(`git ${args[0]} in ${directory}: ${stderr.slice(0, 1000)}`)
  }
}

export interface StoredObject {
  readonly type: string
  readonly bytes: Uint8Array
}

/** Reads objects by their full hashes, in one process. One that is missing is not there. */
export async function readObjects(git: GitProcess, hashes: readonly string[]): Promise<Map<string, StoredObject>> {
  const found = new Map<string, StoredObject>()
  if (hashes.length === 0) return found
  const output = await git(['cat-file', '--batch'], hashes.map((hash) => `${hash}\n`).join(''), 0, 'latin1')
  let at = 0
  for (const hash of hashes) {
    const end = output.indexOf('\n', at)
    const [, type, size] = /^[0-9a-f]{40} (\w+) (\d+)$/.exec(output.slice(at, end)) ?? []
    at = end + 1
    if (type === undefined) continue // `<hash> missing`
    found.set(hash, { type, bytes: Buffer.from(output.slice(at, at + Number(size)), 'latin1') })
    at += Number(size) + 1
  }
  return found
}
