import { join } from 'node:path'
import type { Tree } from '@nx/devkit'
import { exists } from '../../adapters/files.ts'
import type { Git } from '../../adapters/git.ts'
import { parseSettings } from '../../domain/settings.ts'
import { IsobenchError } from '../../errors.ts'
import { Repository } from '../../schema/repository.ts'
import type { Log } from './generator.ts'
import type { Configuration } from './import-configuration.ts'
import type { ExtractionFile } from './import-extractions.ts'
import { openRepository } from './repositories.ts'

/** The base of a commit, or why nobody knows it. */
type Base = { readonly base: string } | { readonly base: null; readonly reason: string }

/** By the hash of the head. */
export type Bases = ReadonlyMap<string, Base>

/** The base of every commit: its parent in the extraction, else its first parent in the clone at `repo_path`. */
export async function findBases(
  tree: Tree,
  configuration: Configuration,
  files: readonly ExtractionFile[],
  log: Log,
): Promise<Bases> {
  const bases = new Map<string, Base>()
  for (const { extraction } of files) {
    if (extraction.base !== null) bases.set(extraction.head, { base: extraction.base })
  }
  const open = files.map(({ extraction }) => extraction.head).filter((head) => !bases.has(head))
  if (open.length === 0) return bases
  const clone = await openClone(tree, configuration, log)
  for (const head of open) {
    bases.set(head, typeof clone === 'string' ? { base: null, reason: clone } : await firstParent(clone, head))
  }
  return bases
}

/** The clone that the ancestor worked on, through a mirror of our own; or why there is none. */
async function openClone(tree: Tree, configuration: Configuration, log: Log): Promise<Git | string> {
  const { repository, repositoryDirectory } = configuration
  const isClone = await Promise.all(['.git', 'HEAD'].map((name) => exists(join(repositoryDirectory, name))))
  if (!isClone.includes(true)) return `no parent in the extraction, no git repository at ${repositoryDirectory}`
  const file = `commits/${repository}/repository.yaml`
  const { package: measured, wheels } = parseSettings(Repository, tree.read(file, 'utf8') ?? '', file)
  return reasonOr(() => openRepository(tree, repository, { url: repositoryDirectory, package: measured, wheels }, log))
}

async function firstParent(git: Git, head: string): Promise<Base> {
  const parent = await reasonOr(async () => {
    const [first] = (await git.commit(await git.resolve(head))).parents
    return first === undefined ? 'the commit has no parent' : { base: first }
  })
  return typeof parent === 'string' ? { base: null, reason: parent } : parent
}

/** What can be had, or the reason in one line: an import reports it and goes on. */
async function reasonOr<Value>(find: () => Promise<Value | string>): Promise<Value | string> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof IsobenchError) return error.message
    throw error
  }
}
