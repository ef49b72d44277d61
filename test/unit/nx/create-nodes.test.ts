import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ProjectConfiguration } from '@nx/devkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createNodes } from '../../../plugins/isobench/src/index.ts'

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

it('gives targets no options, and says what each does and how to run it', async () => {
  const { 'commits/demo/12345678': project } = await projects({ 'commits/demo/12345678/commit.yaml': '' })
  for (const [name, target] of Object.entries(project!.targets!)) {
    expect(target).not.toHaveProperty('options')
    expect(target.cache).toBe(true)
    expect(target.executor).toBe(`nx-isobench:${name}`)
    expect(target.metadata).toMatchObject({ help: { command: `npx nx run demo-12345678:${name}` } })
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

it.each(['commits: [\n', 'commits: [nothing]\n', 'comits: [demo]\n'])(
  'keeps every project when a dataset file is wrong: %j',
  async (text) => {
    const found = await projects({ 'commits/demo/11111111/commit.yaml': 'head: [', 'datasets/bad/dataset.yaml': text })
    expect(Object.keys(found)).toEqual(['commits/demo/11111111', 'datasets/bad'])
    expect(found['datasets/bad']!.implicitDependencies).toEqual([])
  },
)
