import { type KnownCommit, type RawChange, knownFormat, parseKnown, parseManyChanges } from '../domain/git-output.ts'
import { IsobenchError } from '../errors.ts'
import { gitEnvironment } from './git-mirror.ts'
import { comparison } from './git-processes.ts'
import { run } from './process.ts'

/** A commit, or one of its ancestors. */
export interface Ancestor extends KnownCommit {
  /** What differs between it and the commit, as `Git.changes` has it */
  readonly changes: readonly RawChange[]
}

/** Ancestors that are compared by one process: the nearest are mostly enough. */
const nearest = 5

/** A commit and its first parents, nearest first. @param steps how many first parents at the most */
export async function firstParents(directory: string, commit: string, steps: number): Promise<KnownCommit[]> {
  const walk = ['rev-list', '--first-parent', `--max-count=${steps + 1}`, `--pretty=tformat:${knownFormat}`]
  const output = await git(directory, [...walk, '--end-of-options', commit], '')
  const ancestors = parseKnown(output)
  if (ancestors.length === output.match(/^commit /gm)?.length) return ancestors
  throw new IsobenchError('bad-input', `commit without a readable date before: ${commit}`)
}

/** The same with what differs, few processes for all of them. */
export async function* ancestry(directory: string, commit: string, steps: number): AsyncGenerator<Ancestor> {
  const ancestors = await firstParents(directory, commit, steps)
  for (let start = 0; start < ancestors.length; start = start === 0 ? nearest : ancestors.length) {
    const some = ancestors.slice(start, start === 0 ? nearest : ancestors.length)
    const changes = await compareAll(directory, some, commit)
    for (const ancestor of some) yield { ...ancestor, changes: changes.get(ancestor.hash) ?? [] }
  }
}

/** What differs between each ancestor and the commit: git takes the second hash of a line for the parent of the first. */
async function compareAll(directory: string, ancestors: readonly KnownCommit[], commit: string) {
  const options = ['diff-tree', '--stdin', '-R', ...comparison, '--raw', '--numstat', '-z']
  return parseManyChanges(await git(directory, options, ancestors.map(({ hash }) => `${hash} ${commit}\n`).join('')))
}

async function git(directory: string, args: readonly string[], input: string): Promise<string> {
  const result = await run('git', args, { environment: gitEnvironment(directory), input })
  if (result.exitCode !== 0) throw new Error(`git ${args[0]} in ${directory}: ${result.stderr}`)
  return result.stdout
}
