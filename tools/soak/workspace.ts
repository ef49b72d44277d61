import { existsSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { projectFiles, toolsDirectory } from '../../test/support/python-project.ts'
import { type Workspace, createWorkspace } from '../../test/support/workspace.ts'
import { bundleOfTinyCommits } from '../bench/graph-repository.ts'

/** A workspace of cheap commits that are measured for real, with its store. */
export interface SoakWorkspace {
  readonly workspace: Workspace
  /** Folders of the commits, relative to the workspace */
  readonly commits: readonly string[]
  readonly storeDirectory: string
}

/** Of all commits here. */
export const measurementSettings =
  'profile: quick\naccelerator: none\nsandbox: none\ntimeout_seconds: 120\nbudget_seconds: 3600\n'

/** A pure-Python package whose every commit does less in its one function, and a test that takes milliseconds. */
export async function createSoakWorkspace(commits: number): Promise<SoakWorkspace> {
  const workspace = await createWorkspace()
  const bundle = join(workspace.directory, 'commits/soak/repository.bundle')
  const files: Record<string, string> = projectFiles({ source: sourceOf(0) })
  const edited = (edit: number) => ({ path: 'sample/__init__.py', text: sourceOf(edit) })
  const hashes = await bundleOfTinyCommits(commits, bundle, files, edited)
  const folders = hashes.map((hash) => `commits/soak/${hash.slice(0, 8)}`)
  for (const [index, hash] of hashes.entries()) {
    await workspace.write(`${folders[index]}/commit.yaml`, `head: "${hash}"\n`)
    await workspace.write(`${folders[index]}/efficiency_test.py`, test)
  }
  await workspace.write('commits/soak/repository.yaml', repository)
  await workspace.write('commits/soak/generation.yaml', 'verify: trial\ntrial: { sandbox: none }\n')
  await workspace.write('commits/soak/measurement.yaml', measurementSettings)
  await workspace.write('datasets/soak/dataset.yaml', 'title: Soak\ncommits: [soak]\n')
  await mkdir(join(workspace.directory, '.isobench'))
  if (existsSync(toolsDirectory)) await symlink(toolsDirectory, join(workspace.directory, '.isobench/tools'))
  await workspace.git('add', '--all')
  await workspace.git('commit', '--quiet', '--message', 'soak')
  return {
    workspace,
    commits: folders,
    storeDirectory: join(workspace.directory, '.isobench'),
  }
}

function sourceOf(edit: number): string {
  return `def total():\n    return sum(range(${600_000 - 10_000 * edit}))\n`
}

const repository = JSON.stringify({
  bundle: 'repository.bundle',
  package: { name: 'sample', import: 'sample' },
  wheels: [{ kind: 'build' }],
  license: 'Apache-2.0',
})

const test = `"""Sums a range: every commit has a shorter one."""

from sample import total


def setup():
    return None


def experiment(state):
    return total()


def digest(result):
    return result > 0
`
