import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSampleWorkspace, expectNoTrace, said } from '../support/bad-input.ts'
import type { Workspace } from '../support/workspace.ts'

let workspace: Workspace
let project: string
let file: string
let whole: string

beforeAll(async () => {
  const made = await createSampleWorkspace()
  workspace = made.workspace
  const folder = made.commits.documentation.slice(0, 8)
  project = `sample-${folder}`
  file = `commits/sample/${folder}/out/analysis.json`
  await workspace.write(`commits/sample/${folder}/commit.yaml`, `head: ${made.commits.documentation}\n`)
  expect(await workspace.nx(['run', `${project}:generate-test`])).toMatchObject({ exitCode: 0 })
  whole = await workspace.read(file)
})

afterAll(() => workspace.remove())

describe('a damaged artifact', () => {
  it('is told by the stage that reads it', async () => {
    await workspace.write(file, '{')
    const result = await workspace.nx(['run', `${project}:generate-test`, '--exclude-task-dependencies'])
    expect(result).toMatchObject({ exitCode: 1, failed: [`${project}:generate-test`] })
    expect(said(result, project, 'generate-test')).toEqual([
      `error: artifact does not fit its schema: ${file}`,
      'hint: run `npx nx reset` and then the target again',
    ])
    expectNoTrace(result)
    expect(await readdir(join(workspace.directory, file, '..'))).not.toContain('generation.json')
  })

  it('is restored by Nx from its cache when the earlier stages are part of the run', async () => {
    await workspace.write(file, '{')
    const result = await workspace.nx(['run', `${project}:generate-test`])
    expect(result.exitCode).toBe(0)
    expect(await workspace.read(file)).toBe(whole)
  })

  it('is made again when the cache is skipped', async () => {
    await workspace.write(file, '{')
    const result = await workspace.nx(['run', `${project}:generate-test`, '--skip-nx-cache'])
    expect(result.executed).toContain(`${project}:analyze`)
    expect(await workspace.read(file)).toBe(whole)
  })

  it('in the cache of Nx itself: told, and the hint helps', async () => {
    expect(await damageCache(file)).toBeGreaterThan(0)
    await workspace.write(file, '{')
    const result = await workspace.nx(['run', `${project}:generate-test`])
    expect(said(result, project, 'generate-test')).toEqual([
      `error: artifact does not fit its schema: ${file}`,
      'hint: run `npx nx reset` and then the target again',
    ])
    expect((await workspace.nx(['reset'])).exitCode).toBe(0)
    expect((await workspace.nx(['run', `${project}:generate-test`])).exitCode).toBe(0)
    expect(await workspace.read(file)).toBe(whole)
  })
})

/** Overwrites every copy of one output in the cache of Nx, and tells how many there were. */
async function damageCache(output: string): Promise<number> {
  const cache = join(workspace.directory, '.nx/cache')
  const copies = (await readdir(cache, { recursive: true })).filter((path) => path.endsWith(`/${output}`))
  await Promise.all(copies.map((path) => writeFile(join(cache, path), '{')))
  return copies.length
}
