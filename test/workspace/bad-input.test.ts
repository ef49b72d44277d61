import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Commits, createSampleWorkspace, megabyte } from '../support/bad-input.ts'
import type { NxResult, Workspace } from '../support/workspace.ts'

const nowhere = '0123456789abcdef0123456789abcdef01234567'
const settingsHint = 'hint: docs/settings.md lists the keys of this file'
const notFoundHint = 'hint: the repository is that of `bundle: sample.bundle` in repository.yaml'

/** A bad commit: its folder below `commits/`, its `commit.yaml`, and all that is said about it. */
interface BadCommit {
  readonly folder: string
  readonly settings: (commits: Commits) => string
  readonly says: (commits: Commits) => string
  readonly hint?: string
}

const notFull = '`head` must be a full commit hash'
const badCommits: Record<string, BadCommit> = {
  'malformed YAML': { folder: 'sample/bad00001', settings: () => 'head: [1\n', says: () => `2:1: ${notFull}` },
}

it.todo('x')
let workspace: Workspace
let commits: Commits
let analyzed: NxResult
beforeAll(async () => {
  ;({ workspace, commits } = await createSampleWorkspace())
  const commit = (folder: string, text: string) => workspace.write(`commits/${folder}/commit.yaml`, text)
  await commit('sample/bad00001', `# a comment\nhead: "${commits.faster}\n`)
  await commit('sample/bad00002', `head: ${commits.faster}\nclaims: faster\n`)
  await commit(`sample/${commits.faster.slice(0, 9)}`, `head: ${commits.faster.slice(0, 9)}\n`)
  await commit('sample/bad00004', `head: ${'z'.repeat(40)}\n`)
  await commit('sample/01234567', `# gone\nhead: ${nowhere}\n`)
  await commit(`sample/${commits.faster.slice(0, 10)}`, `head: ${commits.faster}\nbase:   ${nowhere}\n`)
  await commit(`sample/${commits.faster.slice(0, 11)}`, `head: ${commits.faster}\nbase: ${commits.faster}\n`)
  await commit('sample/bad00005', `head: ${commits.faster}\n`)
  await commit('other/bad00006', `head: ${commits.faster}\n`)
  for (const hash of Object.values(commits)) await commit(`sample/${hash.slice(0, 8)}`, `head: ${hash}\n`)
  await commit(`sample/${commits.documentation.slice(0, 12)}`, `head: ${commits.documentation}\n`)
  await workspace.write('datasets/empty/dataset.yaml', 'title: Empty\ncommits: []\n')
  await workspace.write('datasets/none/dataset.yaml', 'title: Empty\n')
  await workspace.write('datasets/typo/dataset.yaml', 'commits:\n  - sample/deadbeef\n')
  await workspace.write(
    'datasets/twice/dataset.yaml',
    `commits: [sample/${commits.documentation.slice(0, 8)}, sample/${commits.documentation.slice(0, 12)}]\n`,
  )
})
it('explores', async () => {
  console.log((await workspace.nx(['show', 'projects'])).output)
  analyzed = await workspace.nx(['run-many', '-t', 'analyze'])
  console.log(analyzed.exitCode, analyzed.output, analyzed.failed, analyzed.executed)
  for (const [name, hash] of Object.entries(commits)) {
    const a = await workspace.readJson(`commits/sample/${hash.slice(0, 8)}/out/analysis.json`)
    console.log(name, JSON.stringify({ ...a, message: a.message.length, hunks: 0 }))
  }
  for (const p of ['empty', 'none', 'typo', 'twice']) {
    const r = await workspace.nx(['run-many', '-p', p, '-t', 'assemble'])
    console.log(p, r.exitCode, r.output.slice(0, 5000), r.failed)
  }
  console.log(workspace.directory)
})
