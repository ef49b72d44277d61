import { join } from 'node:path'
import type { Tree } from '@nx/devkit'
import { type Git, openMirror } from '../../adapters/git.ts'
import { parseSettings } from '../../domain/settings.ts'
import { IsobenchError } from '../../errors.ts'
import { Slug } from '../../schema/primitives.ts'
import { Repository } from '../../schema/repository.ts'
import type { Log } from './generator.ts'

/** The name of a repository, checked: it becomes a folder and a part of project names. */
export function repositoryName(name: string, hint?: string): string {
  if (Slug.safeParse(name).success) return name
  throw new IsobenchError('bad-input', `not a repository name: ${name}`, {
    hint: hint ?? 'a name has lower-case letters, digits, `.`, `_` and `-`, and starts with a letter or digit',
  })
}

/**
 * The settings of a repository of this workspace.
 * @throws IsobenchError `bad-input` when there is none of that name
 */
export function readRepository(tree: Tree, name: string): Repository {
  const file = `commits/${repositoryName(name, knownRepositories(tree))}/repository.yaml`
  const text = tree.read(file, 'utf8')
  if (text === null) {
    throw new IsobenchError('bad-input', `unknown repository: ${name}`, { hint: knownRepositories(tree) })
  }
  return parseSettings(Repository, text, file)
}

/** Opens the tool's own mirror of a repository of this workspace. */
export function openRepository(tree: Tree, name: string, settings: Repository, log: Log): Promise<Git> {
  const storeDirectory = process.env['ISOBENCH_STORE'] ?? join(tree.root, '.isobench')
  return openMirror({ name, settings, directory: join(tree.root, 'commits', name), storeDirectory, log })
}

function knownRepositories(tree: Tree): string {
  const names = tree.children('commits').filter((name) => tree.exists(`commits/${name}/repository.yaml`))
  return names.length === 0
    ? 'no repository is known yet; write commits/<name>/repository.yaml first'
    : `known repositories: ${names.toSorted().join(', ')}`
}
