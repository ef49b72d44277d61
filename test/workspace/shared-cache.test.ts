import type { Dirent } from 'node:fs'
import { copyFile, readFile, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type ModelServer, startModelServer } from '../support/model-server.ts'
import {
  type RemoteCache,
  editOutput,
  entriesOf,
  entryWith,
  repack,
  startRemoteCache,
  tokens,
  using,
} from '../support/remote-cache.ts'
import { type NxResult, type Workspace, createWorkspace } from '../support/workspace.ts'

// A machine that is shared by many takes minutes for what takes seconds alone.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 })

const key = 'sk-canary-0123456789abcdef'
const hubToken = 'hf_canary_zyxwvutsrqponmlk'
const measured = '2db422aa'
const noCandidate = '9d2f6d54'
const assemble = ['run-many', '-t', 'assemble']
let host: Workspace
let model: ModelServer
let cache: RemoteCache
let failedRun: NxResult
let fullRun: NxResult

/** An error of a model server that quotes a secret. */
const echo = (status: number, secret: string) => ({
  status,
  headers: { 'retry-after': '0' },
  body: { error: { message: `no right: ${secret}` } },
})

/** The machine with the device: one commit whose test a model writes, one that is no candidate, and the write token. */
beforeAll(async () => {
  host = await createWorkspace({ copy: ['commits/demo'] })
  const test = await host.read(`commits/demo/${measured}/efficiency_test.py`)
  for (const name of await readdir(join(host.directory, 'commits/demo'))) {
    const isOther = /^[0-9a-f]{8}$/.test(name) && name !== measured && name !== noCandidate
    if (isOther) await rm(join(host.directory, 'commits/demo', name), { recursive: true })
  }
  await rm(join(host.directory, `commits/demo/${measured}/efficiency_test.py`))
  model = await startModelServer([echo(401, key), echo(429, hubToken), { content: `\`\`\`python\n${test}\`\`\`\n` }])
  const provider = `provider: { base_url: '${model.url}', api_key_variable: OPENAI_API_KEY }\nmodel: loopback-1\n`
  await host.write('commits/demo/generation.yaml', `${provider}trial: { sandbox: none }\n`)
  await host.write('commits/demo/measurement.yaml', 'profile: quick\nsandbox: none\n')
  await host.write('datasets/two/dataset.yaml', 'commits: [demo]\ntitle: Two\n')
  await host.git('add', '--all')
  await host.git('commit', '--quiet', '--message', 'two commits')
  cache = await startRemoteCache()
  const environment = { ...using(cache, 'write'), OPENAI_API_KEY: key, HF_TOKEN: hubToken }
  failedRun = await host.nx(assemble, environment)
  fullRun = await host.nx(assemble, environment)
}, 600_000)

afterAll(async () => {
  await cache.stop()
  await model.close()
  await host.remove()
})

/** What a clean clone of the host's workspace does with a cache. It may use the host's store, so nothing is measured. */
async function onLaptop(
  environment: Record<string, string>,
  look: (result: NxResult, laptop: Workspace) => Promise<void>,
  args = assemble,
): Promise<void> {
  const laptop = await host.clone()
  onTestFinished(() => laptop.remove())
  const ISOBENCH_STORE = join(host.directory, '.isobench')
  await look(await laptop.nx(args, { ISOBENCH_STORE, ...environment }), laptop)
}

/** A server over a copy of the entries, for a test that changes them. */
async function copyOfCache(): Promise<RemoteCache> {
  const copy = await startRemoteCache(cache.folder)
  onTestFinished(() => copy.stop())
  return copy
}

function isPublished(entry: Dirent): boolean {
  return entry.isFile() && !entry.name.endsWith('.log.jsonl')
}

async function datasetFiles({ directory }: Workspace): Promise<Map<string, string>> {
  const folder = join(directory, 'datasets/two/out')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(isPublished).map((entry) => join(entry.parentPath, entry.name))
  return new Map(
    await Promise.all(
      paths.toSorted().map(async (path) => [path.slice(folder.length), await readFile(path, 'latin1')] as const),
    ),
  )
}

describe('a cache that two machines share', () => {
  it('is filled by the machine that measures, with what succeeded', async () => {
    expect(failedRun).toMatchObject({ exitCode: 1, failed: [`demo-${measured}:generate-test`] })
    expect(fullRun).toMatchObject({ exitCode: 0, failed: [] })
    expect((await host.readJson(`commits/demo/${measured}/out/record.json`)).verdict).toBe('improved')
    expect(await readdir(cache.folder)).toHaveLength(2 * 5 + 1)
  })

  it('gives a laptop the dataset, byte for byte, without a stage that runs and without a store', async () => {
    const laptop = await host.clone()
    onTestFinished(() => laptop.remove())
    const result = await laptop.nx(assemble, using(cache, 'read'))
    expect(result).toMatchObject({ exitCode: 0, executed: [], failed: [] })
    expect(result.cached).toHaveLength(2 * 5 + 1)
    expect(await datasetFiles(laptop)).toEqual(await datasetFiles(host))
    await expect(stat(join(laptop.directory, '.isobench'))).rejects.toThrow('ENOENT')
  })

  it('holds no secret, though errors of the model server quote them', async () => {
    expect(model.requests.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill(`Bearer ${key}`))
    const entries = [...(await entriesOf(cache.folder)).values()]
    expect(entries.some((entry) => entry.includes('no right: [HF_TOKEN]'))).toBe(true)
    for (const secret of [key, hubToken, tokens.read, tokens.write]) {
      expect(entries.filter((entry) => entry.includes(secret))).toEqual([])
      expect(fullRun.output + failedRun.output).not.toContain(secret)
    }
  })

  it('takes nothing with a read token, and gives a workspace with other settings nothing', async () => {
    const before = await entriesOf(cache.folder)
    const laptop = await host.clone()
    onTestFinished(() => laptop.remove())
    const file = `commits/demo/${noCandidate}/commit.yaml`
    await laptop.write(file, `${await laptop.read(file)}# another\n`)
    const result = await laptop.nx(['run', `demo-${noCandidate}:analyze`], using(cache, 'read'))
    expect(result).toMatchObject({ exitCode: 0, executed: [`demo-${noCandidate}:analyze`], cached: [] })
    expect(cache.requests.filter((line) => line.endsWith(' 403'))).toHaveLength(1)
    expect(await entriesOf(cache.folder)).toEqual(before)
  })
})

/** What somebody who can write to the cache did to one entry, and what the laptop then says. */
const poisoned: {
  name: string
  output: string
  poison: (entry: string, folder: string) => Promise<void>
  says: string
}[] = [
  {
    name: 'other bytes',
    output: 'measurement.json',
    poison: (entry) => writeFile(entry, 'not an archive'),
    says: 'Failed to read entry from tarball',
  },
  {
    name: 'half an entry',
    output: 'measurement.json',
    poison: async (entry) => truncate(entry, (await stat(entry)).size >> 1),
    says: 'Failed to unpack entry',
  },
  {
    name: 'the entry of another task',
    output: 'measurement.json',
    poison: async (entry, folder) => copyFile(await entryWith(folder, `${measured}/out/analysis.json`), entry),
    says: `no such artifact: commits/demo/${measured}/out/measurement.json`,
  },
  {
    name: 'a path that climbs out',
    output: 'measurement.json',
    poison: (entry) =>
      repack(entry, (folder) => writeFile(join(folder, 'climber'), 'x'), ['-P', '--transform=s,^climber$,../climber,']),
    says: `Tasks not run`,
  },
  {
    name: 'another improvement',
    output: 'measurement.json',
    poison: (entry) =>
      editOutput(entry, 'measurement.json', (text) => text.replace(/"improvement": [^,\n]+/, '"improvement": 0.99')),
    says: 'measurement.json: its runs do not give `decision.improvement`',
  },
  {
    name: 'runs of another measurement',
    output: 'measurement.json',
    poison: (entry) => editOutput(entry, 'runs.jsonl', (text) => text.replaceAll('"seconds":', '"seconds":1')),
    says: 'measurement.json: runs.jsonl is not the one it was drawn from',
  },
  {
    name: 'another verdict in the record',
    output: 'record.json',
    poison: (entry) =>
      editOutput(entry, 'record.json', (text) => text.replace('"verdict": "improved"', '"verdict": "regressed"')),
    says: `demo-${measured}: measurement.json does not give \`verdict\``,
  },
]

describe('a poisoned entry is refused', () => {
  it.each(poisoned)('$name', async ({ output, poison, says }) => {
    const copy = await copyOfCache()
    await poison(await entryWith(copy.folder, `${measured}/out/${output}`), copy.folder)
    await onLaptop(using(copy, 'read'), async (result, laptop) => {
      expect(result.exitCode).toBe(1)
      expect(result.output).toContain(says)
      expect(await readdir(join(laptop.directory, 'datasets/two'))).toEqual(['dataset.yaml'])
      expect(await laptop.filesWith('climber')).toEqual([])
    })
  })

  it('a link in place of an artifact: Nx leaves the entry alone, and the stage runs', async () => {
    const copy = await copyOfCache()
    const entry = await entryWith(copy.folder, `${measured}/out/measurement.json`)
    await repack(entry, async (folder) => {
      const file = join(folder, `commits/demo/${measured}/out/measurement.json`)
      await rm(file)
      await symlink('/etc/hostname', file)
    })
    await onLaptop(using(copy, 'read'), async (result, laptop) => {
      expect(result).toMatchObject({ exitCode: 0, executed: [`demo-${measured}:run-gpu`] })
      expect(await datasetFiles(laptop)).toEqual(await datasetFiles(host))
    })
  })

  it('a dataset: only `verify`, or a build that skips the cache, tells', async () => {
    const copy = await copyOfCache()
    await editOutput(await entryWith(copy.folder, 'two/out/README.md'), 'README.md', (text) => `${text}poison\n`)
    await onLaptop(using(copy, 'read'), async (result, laptop) => {
      expect(result).toMatchObject({ exitCode: 0, executed: [] })
      expect(await laptop.read('datasets/two/out/README.md')).toContain('poison')
      expect(await laptop.nx(['run', 'two:verify'], using(copy, 'read'))).toMatchObject({ exitCode: 1 })
      const again = await laptop.nx(
        [...assemble, '--skip-nx-cache', '--exclude-task-dependencies'],
        using(copy, 'read'),
      )
      expect(again.executed).toEqual([`demo-${measured}:assemble`, `demo-${noCandidate}:assemble`, 'two:assemble'])
      expect(await datasetFiles(laptop)).toEqual(await datasetFiles(host))
      expect(await laptop.nx(['run', 'two:verify'], using(copy, 'read'))).toMatchObject({ exitCode: 0 })
    })
  })
})
