import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBundle } from '../support/generator-tree.ts'
import { type TestRepository, createRepository } from '../support/repository.ts'
import { type Workspace, createWorkspace } from '../support/workspace.ts'

let workspace: Workspace
let repository: TestRepository
let faster: string

beforeAll(async () => {
  workspace = await createWorkspace()
  repository = await createRepository()
  await repository.commit({ message: 'Start\n', files: { 'demo/a.py': 'a = 1\n' } })
  faster = await repository.commit({ message: 'Speed up parsing\n', files: { 'demo/a.py': 'a = 2\n' } })
  await repository.commit({ message: 'Rename\n', files: { 'demo/a.py': 'a = 3\n' } })
  await workspace.write(
    'commits/local/repository.yaml',
    'bundle: repository.bundle\npackage: { name: demo, import: demo }\nwheels: [{ kind: build }]\n',
  )
  await createBundle(repository.directory, join(workspace.directory, 'commits/local/repository.bundle'))
})

afterAll(async () => {
  await workspace.remove()
  await repository.remove()
})

describe('mine, run by Nx', () => {
  it('writes nothing in a dry run, then a commit, then nothing again', async () => {
    const args = ['g', 'nx-isobench:mine', '--repository', 'local']
    const file = `CREATE commits/local/${faster.slice(0, 8)}/evidence.yaml`
    const wanted = { exitCode: 0, output: expect.stringContaining(file) }
    expect(await workspace.nx([...args, '--dry-run'])).toMatchObject(wanted)
    expect(await workspace.nx(args)).toMatchObject(wanted)
    const again = await workspace.nx(args)
    expect(again.exitCode).toBe(0)
    expect(again.output).toMatch(/looked at +0\nproposed +0\n/)
    expect(again.output).not.toContain('CREATE')
  })

  it('shows a mistake in mining.yaml by its place, without a stack', async () => {
    await workspace.write('commits/local/mining.yaml', 'threshold: 2\nexcluded_messages: ["(?<=x)"]\n')
    const { exitCode, output } = await workspace.nx(['g', 'nx-isobench:mine', '--repository', 'local'])
    expect(exitCode).toBe(1)
    expect(output).toContain('commits/local/mining.yaml:2:21: not a pattern of RE2: ')
    expect(output).not.toContain('stacktrace')
  })
})
