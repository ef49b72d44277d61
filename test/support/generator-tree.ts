import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tree } from '@nx/devkit'
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing'
import { git } from '../../tools/demo/build.ts'

/** A tree that reads a real folder, and what a generator said while it worked on it. */
export interface GeneratorTree {
  readonly tree: Tree
  readonly directory: string
  readonly lines: string[]
  readonly log: (line: string) => void
  remove(): Promise<void>
}

/** The tree of Nx's own test kit, over an empty temporary folder: mirrors and bundles need a real one. */
export async function createGeneratorTree(): Promise<GeneratorTree> {
  const directory = await mkdtemp(join(tmpdir(), 'isobench-generator-'))
  const tree = createTreeWithEmptyWorkspace()
  Object.defineProperty(tree, 'root', { value: directory })
  const lines: string[] = []
  return {
    tree,
    directory,
    lines,
    log: (line) => void lines.push(line),
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

/** Makes a real repository with one empty commit a message, and gives back their hashes, oldest first. */
export async function createClone(directory: string, messages: readonly string[]): Promise<string[]> {
  await git(tmpdir(), ['init', '--quiet', '--initial-branch=main', directory])
  const hashes: string[] = []
  const person = {
    GIT_AUTHOR_NAME: 'A',
    GIT_AUTHOR_EMAIL: 'a@example.org',
    GIT_COMMITTER_NAME: 'A',
    GIT_COMMITTER_EMAIL: 'a@example.org',
  }
  for (const message of messages) {
    await git(directory, ['commit', '--quiet', '--allow-empty', '--message', message], person)
    hashes.push((await git(directory, ['rev-parse', 'HEAD'])).trim())
  }
  return hashes
}

/** Packs a repository into a bundle, as `repository.yaml` can name one. */
export async function createBundle(clone: string, bundle: string): Promise<void> {
  await git(clone, ['bundle', 'create', '--quiet', bundle, '--all'])
}
