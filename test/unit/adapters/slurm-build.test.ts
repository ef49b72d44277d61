import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, test as base, beforeAll, describe, vi } from 'vitest'
import type { Environments } from '../../../plugins/isobench/src/adapters/environment-store.ts'
import { createCluster } from '../../../plugins/isobench/src/adapters/slurm.ts'
import { RunnerSettings } from '../../../plugins/isobench/src/schema/runner-settings.ts'
import { type PythonProject, createPythonProject, projectFiles } from '../../support/python-project.ts'
import { type SlurmSandbox, createSlurmSandbox, hasSlurm } from '../../support/slurm-sandbox.ts'
import { eventually, quickSettings } from '../../support/slurm-tasks.ts'

const commitDate = '2024-01-01T00:00:00Z'
const source = { kind: 'build' } as const

let cluster: SlurmSandbox
const test = base.extend<{ project: PythonProject }>({
  project: async ({ task: _task }, use) => {
    const project = await createPythonProject()
    await use(project)
    await project.remove()
  },
})

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })
beforeAll(async () => {
  if (hasSlurm) cluster = await createSlurmSandbox()
})
afterAll(() => cluster?.remove())

describe.skipIf(!hasSlurm)('a cluster that builds', () => {
  test('builds both sides as one array, to the bytes that this machine builds', async ({ project, expect }) => {
    const hashes = await commitAll(project, [{}, { source: 'VALUE = 2\n' }])
    const there = await build(onCluster(project), hashes)
    const storeDirectory = join(project.storeDirectory, '../another-store')
    const here = await build(project.environments({}, { storeDirectory }), hashes)
    expect(there).toEqual(here)
    expect(new Set(there.map(({ wheel }) => wheel!.sha256)).size).toBe(2)
    expect(await left(project)).toEqual([])
    const jobs = project.lines.flatMap((line) => /submitted to Slurm: task \d of job (\d+)/.exec(line)?.[1] ?? [])
    expect(jobs).toHaveLength(2)
    expect(new Set(jobs).size).toBe(1)
    const lines = project.lines.length
    expect(await build(onCluster(project), hashes)).toEqual(there)
    expect(project.lines).toHaveLength(lines)
  })

  test('says of what does not build what this machine says of it', async ({ project, expect }) => {
    const files = projectFiles()
    const broken = await project.repository.commit({
      files: { ...files, '_build.py': `def build_wheel(*args, **options):\n    raise ValueError('no compiler')\n` },
    })
    const unreadable = await project.repository.commit({ files: { ...files, 'pyproject.toml': '[build-system' } })
    const hopeless = await project.repository.commit({
      files: { ...files, 'pyproject.toml': '[build-system]\nrequires = ["packaging<0"]\nbuild-backend = "x"\n' },
    })
    const none = await project.repository.commit({ files: { 'pyproject.toml': null, README: '' } })
    const hashes = [broken, unreadable, hopeless, none]
    const there = await build(onCluster(project), hashes)
    expect(there).toEqual(await build(project.environments(), hashes))
    expect(there.map(({ buildFailure }) => buildFailure)).toMatchInlineSnapshot(`
      [
        "ValueError: no compiler",
        "TOML parse error at line 1, column 14",
        "you require packaging<0, which does not allow any versions",
        null,
      ]
    `)
    expect(await left(project)).toEqual([])
  })
})

/** The package `sample` with some of its files changed, one commit each. */
async function commitAll(project: PythonProject, changes: readonly Parameters<typeof projectFiles>[0][]) {
  const hashes: string[] = []
  for (const change of changes) hashes.push(await project.repository.commit({ files: projectFiles(change) }))
  return hashes
}

function onCluster(project: PythonProject, settings: object = {}): Environments {
  const folder = sharedFolder(project)
  const slurm = createCluster(RunnerSettings.parse({ ...quickSettings, ...settings }), folder, console.error)
  return project.environments(
    {},
    {
      cluster: async () => ({
        folder,
        outcomes: new Map(),
        submit: (tasks) => Promise.allSettled(slurm.perform(tasks)),
      }),
    },
  )
}

function build(environments: Environments, hashes: readonly string[]) {
  return Promise.all(hashes.map((hash) => environments.probe(source, { hash, commitDate })))
}

function sharedFolder(project: PythonProject): string {
  return join(project.storeDirectory, 'slurm')
}

async function left(project: PythonProject): Promise<string[]> {
  return (await readdir(sharedFolder(project))).filter((name) => name !== 'lock')
}
