import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Environments } from '../../../plugins/isobench/src/adapters/environment-store.ts'
import { sha256 } from '../../../plugins/isobench/src/adapters/files.ts'
import { Environment } from '../../../plugins/isobench/src/schema/environment.ts'
import type { Repository } from '../../../plugins/isobench/src/schema/repository.ts'
import { installWheel } from '../../../plugins/isobench/src/stages/install-wheel.ts'
import { type PackageIndex, startPackageIndex } from '../../support/package-index.ts'
import { type PythonProject, createPythonProject, projectFiles } from '../../support/python-project.ts'

const before = { ...process.env }

let project: PythonProject
let index: PackageIndex
beforeEach(async () => {
  ;[project, index] = await Promise.all([createPythonProject(), startPackageIndex()])
  await index.publish([wheel('dep-a', '1.0', ['dep-b>=1']), wheel('dep-b', '1.0'), wheel('dep-b', '1.5')])
  await index.publish([wheel('dep-b', '2.0')], '2024-01-07T00:00:00Z')
  await index.publish([wheel('dep-b', '3.0')], '2024-01-09T00:00:00Z')
})
afterEach(async () => {
  process.env = { ...before }
  await Promise.all([project.remove(), index.close()])
})

function wheel(name: string, version: string, requires: readonly string[] = []) {
  return { name, version, requires, files: { [`${name.replace('-', '_')}.py`]: `VERSION = "${version}"\n` } }
}

/** Commits of 2024-01-01, one after the other, that differ in one line and need the same. */
async function commits(count: number, dependencies: readonly string[] = ['dep-a']): Promise<string[]> {
  const hashes: string[] = []
  for (let number = 1; number <= count; number++) {
    const files = projectFiles({ source: `VALUE = ${number}\n`, dependencies })
    hashes.push(await project.repository.commit({ files }))
  }
  return hashes
}

async function install(
  head: string,
  settings: Partial<Repository> = {},
  changed: (environments: Environments) => Environments = (environments) => environments,
) {
  const all = { dependency_index: index.url, ...settings }
  const environments = changed(project.environments(all))
  const effects = { git: project.git, environments, log: (line: string) => void project.lines.push(line) }
  const { environment, locks } = await installWheel({ repository: project.input(all), commit: { head } }, effects)
  expect(Environment.parse(environment)).toEqual(environment)
  return { environment, locks }
}

async function packagesWith(settings: Partial<Repository>) {
  const [, head] = await commits(2)
  const { environment } = await install(head!, settings)
  return { packages: environment.head?.packages, choices: environment.choices, outcome: environment.outcome }
}

const nothingChosen = { torch_backend: null, constraints: [], overrides: [], cutoff_exceptions: [] }

test('three commits in a row are three environments, not four', async () => {
  const [, second, third] = await commits(3)
  const one = await install(second!)
  const two = await install(third!)
  expect(two.environment.base!.environment_key).toBe(one.environment.head!.environment_key)
  expect(two.locks.base).toBe(one.locks.head)
  expect(project.lines.filter((line) => line.startsWith('installing '))).toHaveLength(3)
  const markers = (await readdir(join(project.storeDirectory, 'envs'))).filter((name) => name.endsWith('.ready.json'))
  expect(markers).toHaveLength(3)
})

describe('dependencies', () => {
  test('are those of the date of the commit and a week more, and the artifact says how they were chosen', async () => {
    expect(await packagesWith({})).toEqual({
      packages: { 'dep-a': '1.0', 'dep-b': '2.0', sample: '1.0' },
      choices: { index: index.url, ...nothingChosen },
      outcome: expect.objectContaining({ status: 'ok' }),
    })
  })

  test('of a longer slack are newer', async () => {
    expect((await packagesWith({ dependency_slack_days: 30 })).packages).toMatchObject({ 'dep-b': '3.0' })
  })

  test('keep to constraints, whose reasons are in the artifact', async () => {
    const constraints = [{ requirement: 'dep-b<2', reason: 'dep-b 2 has no VERSION' }]
    expect(await packagesWith({ constraints })).toMatchObject({
      packages: { 'dep-b': '1.5' },
      choices: { ...nothingChosen, constraints },
    })
  })

  test('are overridden against what a package asks for', async () => {
    const overrides = [{ requirement: 'dep-b<1.2', reason: 'the pin of dep-a is wrong' }]
    const constraints = [{ requirement: 'dep-a<2', reason: 'both at once' }]
    expect(await packagesWith({ overrides, constraints })).toMatchObject({
      packages: { 'dep-b': '1.0' },
      choices: { ...nothingChosen, overrides, constraints },
    })
  })

  test('may be newer than the cut-off where the settings say so', async () => {
    const exceptions = [{ package: 'dep-b', reason: 'mended later' }]
    expect(await packagesWith({ cutoff_exceptions: exceptions })).toMatchObject({
      packages: { 'dep-b': '3.0' },
      choices: { cutoff_exceptions: exceptions },
    })
  })

  test('that contradict each other are no solution', async () => {
    const constraints = [{ requirement: 'dep-b>5', reason: 'a mistake' }]
    expect((await packagesWith({ constraints })).outcome).toMatchObject({
      status: 'failed',
      reason: 'dependencies-unresolvable',
      side: 'base',
    })
  })

  test('whose digest the index does not give are pinned by it all the same', async () => {
    index.withoutDigest.add('dep_b-2.0-py3-none-any.whl')
    const [, head] = await commits(2)
    const { locks } = await install(head!)
    expect(locks.head).toMatch(/dep_b-2\.0-py3-none-any\.whl".*hashes = \{ sha256 = "[0-9a-f]{64}" \}/)
  })

  test.each([
    ['before', 'they are locked'],
    ['after', 'they were locked'],
  ])('that are gone from their host %s %s are a reason, not an error', async (when) => {
    const [, head] = await commits(2)
    const gone = 'dep_b-2.0-py3-none-any.whl'
    if (when === 'before') index.withdraw(gone)
    const { environment, locks } = await install(head!, {}, (environments) => ({
      ...environments,
      lock: async (...args) => {
        const result = await environments.lock(...args)
        index.withdraw(gone)
        return result
      },
    }))
    expect(environment.outcome).toMatchObject({
      status: 'failed',
      reason: 'dependencies-unresolvable',
      message: expect.stringContaining(`404 Not Found) for url (${index.url.replace('simple', 'files')}/${gone})`),
    })
    expect(locks).toEqual({ base: null, head: null })
  })

  test('by URL are those of the digest', async () => {
    const [, head] = await commits(2, [])
    const url = `${index.url.replace('simple', 'files')}/dep_b-1.5-py3-none-any.whl`
    const right = project.environments({ dependency_index: index.url })
    await right.installer()
    const dependency = (digest: string) => [`dep-b @ ${url}#sha256=${digest}`]
    await expect(install(head!, { dependencies: dependency('0'.repeat(64)) })).rejects.toMatchObject({
      code: 'corrupt-artifact',
      message: expect.stringMatching(/^cannot install from the lock: /),
    })
    const digest = sha256(new Uint8Array(await (await fetch(url)).arrayBuffer()))
    const { environment } = await install(head!, { dependencies: dependency(digest) })
    expect(environment.head!.packages).toEqual({ 'dep-b': '1.5', sample: '1.0' })
  })
})

test('the back end of torch decides which index of torch is asked', async () => {
  const asked: string[] = []
  const proxy = createServer()
  proxy.on('connect', (request, socket) => {
    asked.push(request.url!)
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const [, head] = await commits(2, ['torch'])
  try {
    await project.environments().installer()
    process.env['HTTPS_PROXY'] = process.env['https_proxy'] =
      `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    await expect(install(head!, { torch_backend: 'cu128' })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('resolve the dependencies'),
    })
    expect(asked.filter((host) => host.includes('pytorch'))).not.toEqual([])
  } finally {
    proxy.close()
  }
})
