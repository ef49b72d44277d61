import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../../plugins/isobench/src/adapters/process.ts'
import { parseSettings } from '../../../plugins/isobench/src/domain/settings.ts'
import { Commit } from '../../../plugins/isobench/src/schema/commit.ts'

const root = join(import.meta.dirname, '../../..')
const table = join(root, '../shared/data/commits.tsv')
if (!existsSync(table)) console.log(`skipped: no table of commits at ${table}`)

/** Head and base of every commit of a repository, by its folder. */
async function pairs(directory: string, repository: string): Promise<Record<string, { head: string; base: string }>> {
  const folders = (await readdir(join(directory, 'commits', repository))).filter((name) => /^[0-9a-f]{8}$/.test(name))
  const entries = folders.map(async (folder) => {
    const file = `commits/${repository}/${folder}/commit.yaml`
    const { head, base } = parseSettings(Commit, await readFile(join(directory, file), 'utf8'), file)
    return [folder, { head, base }]
  })
  return Object.fromEntries(await Promise.all(entries))
}

describe.skipIf(!existsSync(table))('the seeded commits', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'isobench-seed-'))
    const result = await run(process.execPath, [join(root, 'tools/seed-commits.ts'), table, directory])
    expect(result).toMatchObject({ exitCode: 0, stdout: 'vllm: 39 commits\nsglang: 15 commits\n' })
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  it.each([
    ['vllm', 39],
    ['sglang', 15],
  ])('%s: the tree holds every pair of the table', async (repository, commits) => {
    const seeded = await pairs(directory, repository)
    expect(Object.keys(seeded)).toHaveLength(commits)
    expect(await pairs(root, repository)).toMatchObject(seeded)
  })

  it("the seed's pair is among them", async () => {
    expect((await pairs(root, 'vllm'))['98f47f2a']).toEqual({
      head: '98f47f2a4032f8c395268de80858c64ffcfc60fa',
      base: '8c1e77fb585c4f42783a3d88c1efc7c9e15fd89f',
    })
  })
})
