import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '../../../../plugins/isobench/src/adapters/files.ts'
import { installWheel } from '../../../../plugins/isobench/src/stages/install-wheel.ts'
import { type PythonProject, createPythonProject, projectFiles } from '../../../support/python-project.ts'
import { type WheelHost, startWheelHost } from '../../../support/wheel-host.ts'
import { type TestWheel, makeWheel } from '../../../support/wheels.ts'

let project: PythonProject
let host: WheelHost
let base: string
let head: string
beforeEach(async () => {
  project = await createPythonProject()
  host = await startWheelHost()
  base = await project.repository.commit({ files: projectFiles() })
  head = await project.repository.commit({ files: projectFiles({ source: 'VALUE = 2\n' }) })
})
afterEach(async () => {
  await Promise.all([project.remove(), host.close()])
})

/** Puts a release on the index, under the name of `as` and with the digest of `announced` where they lie. */
async function publish(version: string, { as = version, announced }: { as?: string; announced?: string } = {}) {
  const files = { 'sample/__init__.py': `VERSION = "${version}"\n` }
  const wheel = await makeWheel({ name: 'sample', version, files } satisfies TestWheel)
  const filename = `sample-${as}-py3-none-any.whl`
  host.files.set(`/files/${filename}`, wheel)
  const link = `<a href="../../files/${filename}#sha256=${announced ?? sha256(wheel)}">${filename}</a>`
  host.files.set('/simple/sample/', `${(host.files.get('/simple/sample/') as string | undefined) ?? ''}${link}\n`)
}

function settings(versions: Readonly<Record<string, string>>) {
  return { wheels: [{ kind: 'release' as const, index: `${host.url}/simple`, versions }] }
}

async function probe(versions: Readonly<Record<string, string>>) {
  const [source] = settings(versions).wheels
  const commit = { hash: head, commitDate: '2024-01-01T00:00:00Z' }
  const { wheel, attempts } = await project.environments().probe(source!, commit)
  expect(attempts).toHaveLength(1)
  const { location, answer } = attempts[0]!
  const place = location === `commit:${head}` ? '' : ` ${location.slice(host.url.length)}`
  return { version: wheel?.version ?? null, tried: `${answer}${place}` }
}

test('two releases are installed by their exact versions, and proven by them', async () => {
  for (const version of ['1.0', '1.1', '1.1.1', '9.9']) await publish(version)
  const repository = project.input(settings({ [base]: '1.0', [head]: '1.1' }))
  const environments = project.environments(repository.settings)
  const effects = { git: project.git, environments, log: (line: string) => void project.lines.push(line) }
  const { environment } = await installWheel({ repository, commit: { head } }, effects)
  expect(environment).toMatchObject({
    outcome: { status: 'ok' },
    comparable: true,
    base: { rung: 'release', version: '1.0', identity: 'release-version', packages: { sample: '1.0' } },
    head: { rung: 'release', version: '1.1', identity: 'release-version', packages: { sample: '1.1' } },
  })
  expect(environment.head!.wheel.location).toBe(`${host.url}/files/sample-1.1-py3-none-any.whl`)
})

test('where no Python is wanted, a wheel for another one than the first that is here is taken, too', async () => {
  const wheel = await makeWheel({ name: 'sample', version: '1.0' })
  host.files.set('/simple/sample/', '<a href="sample-1.0-cp39-cp39-manylinux1_x86_64.whl">x</a>')
  host.files.set('/simple/sample/sample-1.0-cp39-cp39-manylinux1_x86_64.whl', wheel)
  expect(await probe({ [head]: '1.0' })).toMatchObject({ version: '1.0' })
})

test('a commit with two tags of versions is no release', async () => {
  for (const tag of ['v1.0', 'v1.1']) await project.repository.git('tag', tag, head)
  const release = { kind: 'release' as const, index: `${host.url}/simple`, tags: 'v{version}' }
  const { attempts } = await project.environments().probe(release, { hash: head, commitDate: '2024-01-01T00:00:00Z' })
  expect(attempts).toEqual([
    { rung: 'release', location: `commit:${head}`, answer: 'more than one version for this commit: 1.0, 1.1' },
  ])
  expect(host.requests).toEqual([])
})

describe('no other release stands in', () => {
  test('for a commit without a version', async () => {
    await publish('1.0')
    expect(await probe({ [base]: '1.0' })).toEqual({
      version: null,
      tried: 'no version is set for this commit',
    })
    expect(host.requests).toEqual([])
  })

  test('for a version that the index has not', async () => {
    expect(await probe({ [head]: '1.0' })).toEqual({ version: null, tried: 'HTTP 404 /simple/sample/' })
    await publish('1.0.1')
    await publish('1.0.post1')
    expect(await probe({ [head]: '1.0' })).toEqual({
      version: null,
      tried: 'HTTP 200, no wheel of 1.0 /simple/sample/',
    })
  })

  test('for a wheel whose METADATA or digest says otherwise', async () => {
    await publish('9.9', { as: '1.0' })
    expect(await probe({ [head]: '1.0' })).toEqual({
      version: null,
      tried: 'mismatch: wanted version 1.0, METADATA says: 9.9 /files/sample-1.0-py3-none-any.whl',
    })
    await publish('2.0', { announced: '0'.repeat(64) })
    expect((await probe({ [head]: '2.0' })).tried).toMatch(/^refused: wanted sha256 0{64}, got: [0-9a-f]{64} /)
  })
})
