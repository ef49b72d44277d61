import { randomBytes } from 'node:crypto'
import { type Ask, openConversation } from './conversation.ts'

/** An object as `git cat-file --batch` gives it. */
export interface GitObject {
  readonly hash: string
  readonly type: string
  readonly content: Buffer
}

/** Git processes that stay for the questions that every commit of a repository has. */
export interface GitProcesses {
  /** The object of a name without a line break, e.g. `<commit>:<path>`; null where there is none, or more than one. */
  object(name: string): Promise<GitObject | null>
  /** What `git diff-tree` prints for two commits, given in full hashes. */
  difference(format: 'raw' | 'patch', base: string, head: string): Promise<string>
}

/** How trees are compared everywhere: renames found, nothing of the settings of a repository. */
export const comparison = ['-r', '-M', '-l1000', '--no-ext-diff', '--no-textconv', '--ignore-submodules=none']

const formats = { raw: ['--raw', '--numstat', '-z'], patch: ['-p', '-U3'] } as const

/** @param environment of git, which names the repository */
export function openGitProcesses(environment: Readonly<Record<string, string>>): GitProcesses {
  const git = (args: readonly string[], reader: () => (chunk: Buffer) => boolean): Ask =>
    openConversation({ file: 'git', args, environment, reader })
  // Git prints a line that begins with no hash as it is. No text that is compared can hold this one: nobody knows it.
  const end = `end ${randomBytes(16).toString('hex')}\n`
  const compare = (format: readonly string[]): Ask =>
    git(['diff-tree', '--stdin', '--no-commit-id', ...comparison, ...format], () => until(end))
  const objects = git(['cat-file', '--batch'], objectReader)
  const differences = { raw: compare(formats.raw), patch: compare(formats.patch) }
  return {
    async object(name) {
      const answer = await objects(`${name}\n`)
      const header = headerOf(answer)
      if (header === undefined) return null
      const { hash, type, start } = header
      return { hash, type, content: answer.subarray(start, -1) }
    },
    async difference(format, base, head) {
      // Of two hashes in a line the second is the parent.
      const answer = await differences[format](`${head} ${base}\n${end}`)
      return answer.toString('utf8', 0, answer.length - end.length)
    },
  }
}

/** `<hash> <type> <bytes>`, or undefined where a line says that there is no such object. */
function headerOf(answer: Buffer): { hash: string; type: string; start: number; size: number } | undefined {
  const start = answer.indexOf('\n') + 1
  const [, hash, type, size] = /^([0-9a-f]{40}) (\w+) (\d+)$/.exec(answer.toString('latin1', 0, start - 1)) ?? []
  return hash === undefined ? undefined : { hash, type: type!, start, size: Number(size) }
}

/** Reads a header and so many bytes as it says, with a line break after them; or the line that there is nothing. */
function objectReader(): (chunk: Buffer) => boolean {
  let first = Buffer.alloc(0)
  let length = 0
  let expected: number | undefined
  return (chunk) => {
    length += chunk.length
    if (expected === undefined) {
      first = Buffer.concat([first, chunk])
      if (!first.includes('\n')) return false
      const header = headerOf(first)
      expected = header === undefined ? length : header.start + header.size + 1
    }
    return length >= expected
  }
}

function until(end: string): (chunk: Buffer) => boolean {
  let last = ''
  return (chunk) => {
    last = (last + chunk.toString('latin1', Math.max(0, chunk.length - end.length))).slice(-end.length)
    return last === end
  }
}
