import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ProjectConfiguration } from '@nx/devkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { run } from '../../../plugins/isobench/src/adapters/process.ts'
import { createNodes } from '../../../plugins/isobench/src/index.ts'
import { commitStages } from '../../../plugins/isobench/src/nx/targets.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'isobench-nodes-'))
})
afterEach(() => rm(directory, { recursive: true }))

async function projects(files: Record<string, string>): Promise<Record<string, ProjectConfiguration>> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
  const nodes = await createNodes[1](Object.keys(files), undefined, {
    workspaceRoot: directory,
    nxJsonConfiguration: {},
  })
  return Object.assign({}, ...nodes.map(([, result]) => result.projects))
}

it('makes a project of every commit, named after repository and folder', async () => {
  const { 'commits/demo/12345678': project } = await projects({ 'commits/demo/12345678/commit.yaml': '' })
  expect(project).toMatchObject({ name: 'demo-12345678', tags: ['commit', 'repository:demo'] })
  expect(Object.keys(project!.targets!)).toEqual(['analyze', 'install-wheel', 'generate-test', 'run-gpu', 'assemble'])
})

it('gives targets no options, and says what each does', async () => {
  const { 'commits/demo/12345678': project } = await projects({ 'commits/demo/12345678/commit.yaml': '' })
  for (const [name, target] of Object.entries(project!.targets!)) {
    expect(target).not.toHaveProperty('options')
    expect(target.cache).toBe(true)
    expect(target.executor).toBe(`nx-isobench:${name}`)
    expect(target.metadata!.description).not.toBe('')
  }
})

it('hashes only what each stage reads', async () => {
  const { 'commits/demo/12345678': project } = await projects({ 'commits/demo/12345678/commit.yaml': '' })
  const inputs = (target: string): string => JSON.stringify(project!.targets![target]!.inputs)
  expect(inputs('analyze')).toContain('commit.yaml')
  expect(inputs('run-gpu')).toContain('measurement.yaml')
  for (const target of ['generate-test', 'run-gpu']) expect(inputs(target)).not.toContain('commit.yaml')
  for (const target of ['analyze', 'install-wheel', 'generate-test'])
    expect(inputs(target)).not.toContain('measurement.yaml')
  for (const target of ['analyze', 'install-wheel', 'run-gpu']) expect(inputs(target)).not.toContain('prompts/')
})

it('makes a dataset depend on its members', async () => {
  const { 'datasets/small': dataset } = await projects({
    'commits/demo/11111111/commit.yaml': '',
    'commits/demo/22222222/commit.yaml': '',
    'commits/other/33333333/commit.yaml': '',
    'datasets/small/dataset.yaml': 'commits: [demo]\n',
  })
  expect(dataset).toMatchObject({
    name: 'small',
    tags: ['dataset'],
    implicitDependencies: ['demo-11111111', 'demo-22222222'],
  })
})

it.each([
  'commits: [\n',
  'commits: [nothing]\n',
  'comits: [demo]\n',
  'commits: demo\n',
  'text',
  '[demo]',
  'commits: [[], 7]',
])('keeps every project when a dataset file is wrong: %j', async (text) => {
  const found = await projects({ 'commits/demo/11111111/commit.yaml': 'head: [', 'datasets/bad/dataset.yaml': text })
  expect(Object.keys(found)).toEqual(['commits/demo/11111111', 'datasets/bad'])
  expect(found['datasets/bad']!.implicitDependencies).toEqual([])
})

/** Modules that a process loads for the graph, by their paths in the package or the name of another package. */
async function loadedFor(files: readonly string[]): Promise<string[]> {
  const code = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
    const { createNodes } = await import(${JSON.stringify(new URL('../../../plugins/isobench/src/index.ts', import.meta.url).href)})
    await createNodes[1](${JSON.stringify(files)}, undefined, { workspaceRoot: ${JSON.stringify(directory)}, nxJsonConfiguration: {} })
    console.log(JSON.stringify(loaded))`
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', code])
  if (stdout === '') throw new Error(stderr)
  const urls: string[] = JSON.parse(stdout)
  const names = urls.map(
    (url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url.replace(/^.*\/isobench\/src\//, ''),
  )
  return [...new Set(names)].filter((name) => !name.startsWith('node:')).toSorted()
}

it('loads nothing for the graph of commits but the targets, and for a dataset the YAML parser', async () => {
  const own = ['index.ts', 'nx/create-nodes.ts', 'nx/members.ts', 'nx/targets.ts']
  expect(await loadedFor(['commits/demo/11111111/commit.yaml'])).toEqual(own)
  await projects({ 'datasets/small/dataset.yaml': 'commits: [demo]\n' })
  const more = ['domain/members.ts', 'domain/settings.ts', 'errors.ts', 'yaml']
  expect(await loadedFor(['datasets/small/dataset.yaml'])).toEqual([...own, ...more].toSorted())
})

it('makes one list of inputs for all commits of a repository', async () => {
  const found = await projects({
    'commits/demo/11111111/commit.yaml': '',
    'commits/demo/22222222/commit.yaml': '',
    'commits/other/33333333/commit.yaml': '',
  })
  const inputs = (project: string) => found[project]!.targets!['generate-test']!.inputs
  expect(inputs('commits/demo/11111111')).toBe(inputs('commits/demo/22222222'))
  expect(inputs('commits/other/33333333')).not.toEqual(inputs('commits/demo/11111111'))
  const targets = (project: string) => found[project]!.targets!
  expect(Object.keys(targets('commits/demo/11111111'))).toEqual(Object.keys(commitStages))
  // Nx forgets tasks when two targets have the same object here.
  const [one, other] = ['commits/demo/11111111', 'commits/demo/22222222'].map(
    (project) => targets(project)['assemble']!,
  )
  expect(one!.dependsOn).toEqual(other!.dependsOn)
  expect(one!.dependsOn![0]).not.toBe(other!.dependsOn![0])
})
