import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBundle, createClone } from '../support/generator-tree.ts'
import { type Workspace, createWorkspace } from '../support/workspace.ts'

let workspace: Workspace
let clone: string
let head: string

beforeAll(async () => {
  workspace = await createWorkspace()
  clone = await mkdtemp(join(tmpdir(), 'isobench-clone-'))
  const hashes = await createClone(clone, ['Start', 'Faster'])
  head = hashes[1]!
  const repository = 'bundle: repository.bundle\npackage: { name: demo, import: demo }\nwheels: [{ kind: build }]\n'
  await workspace.write('commits/local/repository.yaml', repository)
  await createBundle(clone, join(workspace.directory, 'commits/local/repository.bundle'))
})

afterAll(async () => {
  await workspace.remove()
  await rm(clone, { recursive: true, force: true })
})

describe('generators, run by Nx', () => {
  it('commit: makes a project, and nothing in a dry run', async () => {
    const args = ['g', 'nx-isobench:commit', '--repository', 'local', '--head', head.slice(0, 8)]
    const file = `CREATE commits/local/${head.slice(0, 8)}/commit.yaml`
    const project = `local-${head.slice(0, 8)}`
    expect(await workspace.nx([...args, '--dry-run'])).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining(file),
    })
    expect((await workspace.nx(['show', 'projects'])).output).not.toContain(project)
    expect(await workspace.nx(args)).toMatchObject({ exitCode: 0, output: expect.stringContaining(file) })
    expect((await workspace.nx(['show', 'projects'])).output).toContain(project)
  })

  it('commit: takes digits for a hash', async () => {
    const args = ['g', 'nx-isobench:commit', '--repository', 'local', '--head', '12345678']
    const { exitCode, output } = await workspace.nx(args)
    expect(exitCode).toBe(1)
    expect(output).toContain('no such commit in the repository: 12345678')
    expect(output).toContain('hint: ')
    expect(output).not.toContain('stacktrace')
  })

  it('clean-store: removes what was never finished, and nothing in a dry run', async () => {
    const file = `.isobench/envs/${'0'.repeat(32)}/file`
    await workspace.write(file, 'x'.repeat(10_000))
    const args = ['g', 'nx-isobench:clean-store', '--budget', '0']
    const planned = { exitCode: 0, output: expect.stringContaining(`to remove: ${'0'.repeat(32)}`) }
    expect(await workspace.nx([...args, '--dry-run'])).toMatchObject(planned)
    expect(await workspace.read(file)).toHaveLength(10_000)
    expect(await workspace.nx(args)).toMatchObject(planned)
    await expect(workspace.read(file)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('pin: says what to run first', async () => {
    const { exitCode, output } = await workspace.nx(['g', 'nx-isobench:pin', `local-${head.slice(0, 8)}`])
    expect(exitCode).toBe(1)
    expect(output).toContain(`hint: npx nx run local-${head.slice(0, 8)}:generate-test writes it`)
  })

  it('bundle and collect: say what to run first', async () => {
    const project = `local-${head.slice(0, 8)}`
    const bundled = await workspace.nx(['g', 'nx-isobench:bundle', project, '--output', join(clone, 'bundle')])
    expect(bundled.exitCode).toBe(1)
    expect(bundled.output).toContain(`no test yet: ${project}`)
    expect(bundled.output).toContain(`hint: npx nx run-many -t generate-test -p ${project}`)
    const collected = await workspace.nx(['g', 'nx-isobench:collect', join(clone, 'bundle')])
    expect(collected.exitCode).toBe(1)
    expect(collected.output).toContain(`no results: ${join(clone, 'bundle')}`)
  })

  it('init: changes nothing the second time', async () => {
    expect((await workspace.nx(['g', 'nx-isobench:init'])).exitCode).toBe(0)
    const second = await workspace.nx(['g', 'nx-isobench:init'])
    expect(second.exitCode).toBe(0)
    expect(second.output).not.toMatch(/CREATE|UPDATE|DELETE/)
  })

  it('import: each extraction becomes a project, the dataset has them', async () => {
    const extraction = { commit_hash: head, commit_message: 'Faster', files_changed: [], diff_text: '' }
    await workspace.write('old/extractions/one.json', JSON.stringify(extraction))
    await workspace.write(
      'old/experiments.yaml',
      `repo_path: ${clone}\nextractions_dir: extractions\ndataset_name: old_set\n`,
    )
    const { exitCode, output } = await workspace.nx([
      'g',
      'nx-isobench:import',
      '--config',
      'old/experiments.yaml',
      '--repository',
      'imported',
      '--url',
      'https://example.org/x',
    ])
    expect(exitCode).toBe(0)
    expect(output).toContain(
      'extraction files: 1 (imported: 1, already there: 0, left as they are: 0, invalid: 0); commits without a base: 0',
    )
    const projects = (await workspace.nx(['show', 'projects'])).output.split('\n')
    expect(projects).toEqual(expect.arrayContaining([`imported-${head.slice(0, 8)}`, 'old_set']))
  })
})
