import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Commits, createSampleWorkspace, expectNoTrace, megabyte, said } from '../support/bad-input.ts'
import type { NxResult, Workspace } from '../support/workspace.ts'

const absent = '0123456789abcdef0123456789abcdef01234567'
const settingsHint = 'hint: docs/settings.md lists the keys of this file'
const notFull = 'must be a full commit hash: 40 lower-case hexadecimal digits at `head`'
const bundleHint = 'hint: the repository is that of `bundle: sample.bundle` in repository.yaml'

/** A bad commit below `commits/sample`: its folder, its `commit.yaml`, and what is said about it. */
interface BadCommit {
  readonly folder: string
  readonly settings: string
  /** What follows the path of `commit.yaml` */
  readonly says: string
  readonly hint?: string
}

const badCommits: Record<string, (commits: Commits) => BadCommit> = {
  'malformed YAML': ({ faster }) => ({
    folder: 'bad00001',
    settings: `# a comment\nhead: "${faster}\n`,
    says: ':3:1: Missing closing "quote',
  }),
  'an unknown key': ({ faster }) => ({
    folder: 'bad00002',
    settings: `head: ${faster}\nclaims: faster\n`,
    says: ':2:1: unknown key at `claims`',
  }),
  'an abbreviated SHA': ({ faster }) => ({
    folder: faster.slice(0, 9),
    settings: `head: ${faster.slice(0, 9)}\n`,
    says: `:1:7: ${notFull}`,
  }),
  'a SHA that is not hexadecimal': () => ({
    folder: 'bad00003',
    settings: `claim: faster\nhead:  ${'z'.repeat(40)}\n`,
    says: `:2:8: ${notFull}`,
  }),
  'a head that is not in the repository': () => ({
    folder: absent.slice(0, 8),
    settings: `# a comment\nhead: ${absent}\n`,
    says: `:2:7: no such commit in the repository: ${absent}`,
    hint: bundleHint,
  }),
  'a base that is not in the repository': ({ faster }) => ({
    folder: faster.slice(0, 10),
    settings: `head: ${faster}\nbase:   ${absent}\n`,
    says: `:2:9: no such commit in the repository: ${absent}`,
    hint: bundleHint,
  }),
  'base equal to head': ({ faster }) => ({
    folder: faster.slice(0, 11),
    settings: `head: ${faster}\nbase: ${faster}\n`,
    says: `:2:7: base and head are the same commit: ${faster}`,
  }),
  'a folder of another commit': ({ faster }) => ({
    folder: 'bad00004',
    settings: `head: ${faster}\n`,
    says: ':1:7: the folder must be named after the first digits of the head commit: bad00004',
  }),
  'a folder that is no hash': ({ faster }) => ({
    folder: 'faster',
    settings: `head: ${faster}\n`,
    says: ':1:7: the folder must be named after the first digits of the head commit: faster',
  }),
}

const badDatasets: Record<string, { name: string; settings: string; says: string }> = {
  'an empty list of commits': {
    name: 'empty',
    settings: 'title: Empty\ncommits: []\n',
    says: ':2:10: too small: expected array to have >=1 items at `commits`',
  },
  'no list of commits': {
    name: 'none',
    settings: 'title: Empty\n',
    says: ':1:1: invalid input: expected array, received undefined at `commits`',
  },
  'an unknown commit': {
    name: 'typo',
    settings: 'commits:\n  - sample/deadbeef\n',
    says: ':2:5: no such commit in this workspace: sample/deadbeef',
  },
  'an unknown repository': {
    name: 'nowhere',
    settings: 'commits: [nowhere]\n',
    says: ':1:11: no such commit in this workspace: nowhere',
  },
  'a path that climbs out': {
    name: 'climbing',
    settings: 'commits: [../x]\n',
    says: ':1:11: must be `<repository>`, `<repository>/*` or `<repository>/<sha8>` at `commits.0`',
  },
}

let workspace: Workspace
let commits: Commits
let analyzed: NxResult

beforeAll(async () => {
  ;({ workspace, commits } = await createSampleWorkspace())
  const writeCommit = (folder: string, settings: string) => workspace.write(`commits/${folder}/commit.yaml`, settings)
  for (const bad of Object.values(badCommits)) {
    const { folder, settings } = bad(commits)
    await writeCommit(`sample/${folder}`, settings)
  }
  await writeCommit(`lonely/${commits.faster.slice(0, 8)}`, `head: ${commits.faster}\n`)
  for (const hash of Object.values(commits)) await writeCommit(`sample/${hash.slice(0, 8)}`, `head: ${hash}\n`)
  await writeCommit(`sample/${commits.documentation.slice(0, 12)}`, `head: ${commits.documentation}\n`)
  for (const { name, settings } of Object.values(badDatasets)) {
    await workspace.write(`datasets/${name}/dataset.yaml`, settings)
  }
  const twice = [8, 12].map((digits) => `sample/${commits.documentation.slice(0, digits)}`).join(', ')
  await workspace.write('datasets/twice/dataset.yaml', `commits: [${twice}]\n`)
  await workspace.write('datasets/lost/dataset.yaml', 'commits: [sample/bad00001]\n')
  analyzed = await workspace.nx(['run-many', '-t', 'analyze', '--batch'])
})

afterAll(() => workspace.remove())

describe('a workspace full of bad input', () => {
  it('still has its graph', async () => {
    const { exitCode, output } = await workspace.nx(['show', 'projects'])
    expect(exitCode).toBe(0)
    expect(output.split('\n')).toEqual(expect.arrayContaining(['sample-bad00001', 'sample-faster', 'empty', 'typo']))
  })

  it('fails exactly the bad commits', () => {
    const bad = Object.values(badCommits).map((each) => `sample-${each(commits).folder}:analyze`)
    const good = Object.values(commits).map((hash) => `sample-${hash.slice(0, 8)}:analyze`)
    expect(analyzed.exitCode).toBe(1)
    expect(analyzed.failed).toEqual([...bad, `lonely-${commits.faster.slice(0, 8)}:analyze`].toSorted())
    expect(analyzed.executed).toEqual([...good, `sample-${commits.documentation.slice(0, 12)}:analyze`].toSorted())
    expectNoTrace(analyzed)
  })

  it.each(Object.entries(badCommits))('%s: one line with its place, a hint, and no file', async (_, bad) => {
    const { folder, says, hint } = bad(commits)
    const file = `commits/sample/${folder}/commit.yaml`
    expect(said(analyzed, `sample-${folder}`, 'analyze')).toEqual([`error: ${file}${says}`, hint ?? settingsHint])
    expect(await filesIn(`commits/sample/${folder}/out`)).toEqual([])
  })

  it('no repository.yaml: names the file that is missing', async () => {
    const folder = commits.faster.slice(0, 8)
    expect(said(analyzed, `lonely-${folder}`, 'analyze')).toEqual([
      'error: no such file: commits/lonely/repository.yaml',
      'hint: it says where the code and the wheels come from; commits/demo/repository.yaml is an example',
    ])
    expect(await filesIn(`commits/lonely/${folder}/out`)).toEqual([])
  })

  it('install-wheel says the same as analyze', async () => {
    const bad = badCommits['a base that is not in the repository']!(commits)
    const project = `sample-${bad.folder}`
    const result = await workspace.nx(['run-many', '-p', project, '-t', 'install-wheel'])
    expect(result).toMatchObject({ exitCode: 1, failed: [`${project}:install-wheel`] })
    expect(said(result, project, 'install-wheel')).toEqual(said(analyzed, project, 'analyze'))
    expectNoTrace(result)
  })
})

describe('odd commits have an analysis with a reason', () => {
  const ok = { status: 'ok', reason: null }

  it('an ordinary commit beside them: its first parent is the base', async () => {
    expect(await analysisOf(commits.faster)).toMatchObject({ outcome: ok, base_commit: commits.root })
  })

  it('a root commit: no base', async () => {
    const message = `root commit, so there is nothing to compare it with: ${commits.root}`
    const outcome = { status: 'failed', reason: 'no-base', message }
    expect(await analysisOf(commits.root)).toMatchObject({ outcome, base_commit: null, flags: ['root'] })
  })

  it('a merge: no candidate, compared with its first parent', async () => {
    const message = 'no performance change to measure: merge'
    expect(await analysisOf(commits.merge)).toMatchObject({
      outcome: { status: 'failed', reason: 'not-a-candidate', message },
      base_commit: commits.longMessage,
      files: [{ path: 'sample/side.py', change: 'added' }],
    })
  })

  it('a message of 1 MB: cut where the schema says', async () => {
    const { outcome, subject, message } = await analysisOf(commits.longMessage)
    expect({ outcome, subject }).toMatchObject({ outcome: ok, subject: 'Long' })
    expect(message).toHaveLength(100_000)
    expect(`Long\n\n${megabyte}`.startsWith(message.slice(0, 99_000))).toBe(true)
  })

  it('a rename, a binary file, a submodule, a path and a message that are no UTF-8', async () => {
    const { outcome, subject, files } = await analysisOf(commits.oddFiles)
    expect({ outcome, subject }).toMatchObject({ outcome: ok, subject: 'Caf\uFFFD' })
    expect(files).toMatchObject([
      { path: 'sample/caf\uFFFD.py', change: 'added', role: 'source' },
      { path: 'sample/new.py', old_path: 'sample/old.py', change: 'renamed' },
      { path: 'sample/table.bin', role: 'binary', lines_added: null, lines_removed: null },
      { path: 'vendored/library', change: 'submodule' },
    ])
  })
})

describe('bad datasets', () => {
  it('name their line, give a hint and leave no file', async () => {
    const names = Object.values(badDatasets).map(({ name }) => name)
    const result = await workspace.nx(['run-many', '-p', names.join(','), '-t', 'assemble'])
    expect(result).toMatchObject({ exitCode: 1, failed: names.map((name) => `${name}:assemble`).toSorted() })
    expectNoTrace(result)
    for (const { name, says } of Object.values(badDatasets)) {
      const expected = [`error: datasets/${name}/dataset.yaml${says}`, settingsHint]
      expect(said(result, name, 'assemble-dataset')).toEqual(expected)
      expect(await filesIn(`datasets/${name}/out`)).toEqual([])
    }
  })

  it('are not built when a member fails', async () => {
    const result = await workspace.nx(['run-many', '-p', 'lost', '-t', 'assemble'])
    expect(result.exitCode).toBe(1)
    expect(result.failed).toEqual(['sample-bad00001:analyze', 'sample-bad00001:install-wheel'])
    expect(await filesIn('datasets/lost/out')).toEqual([])
  })

  it('refuse one comparison under two names', async () => {
    const [short, long] = [8, 12].map((digits) => `sample-${commits.documentation.slice(0, digits)}`)
    await workspace.nx(['run-many', '-p', `${short},${long}`, '-t', 'assemble', '--batch']) // by fewer processes
    const result = await workspace.nx(['run-many', '-p', 'twice', '-t', 'assemble'])
    expect(result).toMatchObject({ exitCode: 1, failed: ['twice:assemble'] })
    expect(said(result, 'twice', 'assemble-dataset')).toEqual([
      `error: record cannot be used: ${short}, ${long}: one comparison: sample ${commits.faster}..${commits.documentation}`,
      'hint: name each commit once in dataset.yaml',
    ])
    expectNoTrace(result)
    expect(await filesIn('datasets/twice/out')).toEqual([])
  })
})

async function filesIn(folder: string): Promise<string[]> {
  return readdir(join(workspace.directory, folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

function analysisOf(hash: string) {
  return workspace.readJson(`commits/sample/${hash.slice(0, 8)}/out/analysis.json`)
}
