import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../plugins/isobench/src/domain/canonical-json.ts'
import { Environment } from '../../../plugins/isobench/src/schema/environment.ts'
import type { Repository } from '../../../plugins/isobench/src/schema/repository.ts'
import { installWheel } from '../../../plugins/isobench/src/stages/install-wheel.ts'
import { type PythonProject, createPythonProject, projectFiles } from '../../support/python-project.ts'
import { type WheelHost, startWheelHost } from '../../support/wheel-host.ts'
import { makeWheel } from '../../support/wheels.ts'

let project: PythonProject
let host: WheelHost
beforeEach(async () => {
  project = await createPythonProject()
  host = await startWheelHost()
})
afterEach(async () => {
  await Promise.all([project.remove(), host.close()])
})

const constantName = 'sample-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl'

/** Base and head, which differ in one line of the package. */
async function twoCommits(): Promise<{ base: string; head: string }> {
  const base = await project.repository.commit({ files: projectFiles() })
  const head = await project.repository.commit({ files: projectFiles({ source: 'VALUE = 2\n' }), message: 'faster\n' })
  return { base, head }
}

async function install(commit: { head: string; base?: string }, settings: Partial<Repository> = {}) {
  const environments = project.environments(settings)
  const log = (line: string) => void project.lines.push(line)
  return installWheel({ repository: project.input(settings), commit }, { git: project.git, environments, log })
}

/** The wheel that the host has for a commit. */
async function serve(commit: string, version: string, source: string) {
  const wheel = await makeWheel({ name: 'sample', version, files: { 'sample/__init__.py': source } })
  host.files.set(`/${commit}/${constantName}`, wheel)
}

describe('a wheel built on both sides', () => {
  test('is installed and proven by its digest', async () => {
    const { base, head } = await twoCommits()
    const { environment, locks } = await install({ head })
    expect(Environment.parse(environment)).toEqual(environment)
    expect(environment).toMatchObject({
      outcome: { status: 'ok' },
      installer: { name: 'uv' },
      cutoff: null,
      comparable: true,
      base: { commit: base, rung: 'build', identity: 'wheel-digest', version: '1.0', packages: { sample: '1.0' } },
      head: { commit: head, rung: 'build', identity: 'wheel-digest', wheel: { location: `build:${head}` } },
      attempts: { head: [{ rung: 'build', location: `build:${head}`, answer: 'built' }] },
    })
    expect(environment.base!.wheel.sha256).not.toBe(environment.head!.wheel.sha256)
    expect(locks.head).toContain(
      `path = "sample-1.0-py3-none-any.whl", hashes = { sha256 = "${environment.head!.wheel.sha256}" }`,
    )
  })

  test('gives the same bytes in another store, and names no path of this machine', async () => {
    const { head } = await twoCommits()
    const first = await install({ head })
    await rm(project.storeDirectory, { recursive: true })
    const again = await install({ head })
    expect(canonicalJson(again)).toBe(canonicalJson(first))
    expect(canonicalJson(first)).not.toContain(project.storeDirectory)
  })

  test('that does not differ is not compared', async () => {
    await project.repository.commit({ files: projectFiles() })
    const head = await project.repository.commit({ files: { 'README.md': 'no code\n' } })
    const { environment, locks } = await install({ head })
    expect(environment.outcome).toMatchObject({ status: 'failed', reason: 'same-wheel' })
    expect(locks).toEqual({ base: null, head: null })
  })

  test('whose build breaks says on which side and why', async () => {
    await project.repository.commit({ files: projectFiles() })
    const head = await project.repository.commit({ files: { '_build.py': 'raise RuntimeError("no compiler")\n' } })
    const { environment } = await install({ head })
    expect(environment.outcome).toEqual({
      status: 'failed',
      reason: 'build-failed',
      side: 'head',
      message: `cannot build ${head}: RuntimeError: no compiler`,
    })
    expect(environment.attempts.base).toMatchObject([{ answer: 'built' }])
    expect(environment.base).toBeNull()
  })
})

test('a root commit has nothing to be compared with', async () => {
  const head = await project.repository.commit({ files: projectFiles() })
  const { environment } = await install({ head })
  expect(environment.outcome).toMatchObject({ status: 'failed', reason: 'no-base' })
})

test('a base of another name is taken as it is', async () => {
  const base = await project.repository.commit({ files: projectFiles() })
  await project.repository.commit({ files: projectFiles({ source: 'VALUE = 2\n' }) })
  const head = await project.repository.commit({ files: projectFiles({ source: 'VALUE = 3\n' }) })
  const { environment } = await install({ head, base })
  expect(environment).toMatchObject({ outcome: { status: 'ok' }, base: { commit: base } })
})

test('a wheel that installs other files than its RECORD says is no proof', async () => {
  const lie = "digest(b'x' if path.startswith(name) else content)"
  const backEnd = projectFiles()['_build.py'].replace('digest(content)', lie)
  await project.repository.commit({ files: { ...projectFiles(), '_build.py': backEnd } })
  const head = await project.repository.commit({ files: { 'sample/__init__.py': 'VALUE = 2\n' } })
  const { environment, locks } = await install({ head })
  expect(environment.outcome).toMatchObject({ status: 'failed', reason: 'version-mismatch', side: 'base' })
  expect(environment.outcome.message).toMatch(
    /^wanted the files of the wheel [0-9a-f]{64}, different: .*sample\/__init__\.py$/,
  )
  expect(locks).toEqual({ base: null, head: null })
})

/** Wheels from the loopback host only. */
function indexOnly(): Partial<Repository> {
  return { wheels: [{ kind: 'wheel-index', urls: [host.url] }] }
}

describe('a wheel index', () => {
  test('gives wheels that name their commit', async () => {
    const { base, head } = await twoCommits()
    await serve(base, `0.6.4.dev1+g${base.slice(0, 9)}`, 'VALUE = 1\n')
    await serve(head, `0.6.4.dev2+g${head.slice(0, 9)}`, 'VALUE = 2\n')
    const { environment, locks } = await install({ head }, indexOnly())
    expect(environment).toMatchObject({
      outcome: { status: 'ok' },
      base: { rung: 'wheel-index', identity: 'version', version: `0.6.4.dev1+g${base.slice(0, 9)}` },
      head: { identity: 'version', wheel: { location: `${host.url}/${head}/${constantName}` } },
    })
    expect(locks.head).toContain(`url = "${host.url}/${head}/${constantName}"`)
  })

  test('that has neither side is `wheel-missing` with every place tried, and nothing is installed', async () => {
    const { base, head } = await twoCommits()
    const { environment, locks } = await install({ head }, indexOnly())
    expect(environment).toMatchObject({
      outcome: { status: 'failed', reason: 'wheel-missing', side: 'base' },
      installer: null,
      base: null,
      head: null,
      attempts: {
        base: [
          { rung: 'wheel-index', location: `${host.url}/${base}/sample/metadata.json`, answer: 'HTTP 404' },
          { rung: 'wheel-index', location: `${host.url}/${base}/sample/`, answer: 'HTTP 404' },
          { rung: 'wheel-index', location: `${host.url}/${base}/${constantName}`, answer: 'HTTP 404' },
        ],
      },
    })
    expect(locks).toEqual({ base: null, head: null })
    expect(host.requests.filter((request) => !request.includes(base) && !request.includes(head))).toEqual([])
  })

  test('that serves the wheel of another commit is `version-mismatch` with both values', async () => {
    const { base, head } = await twoCommits()
    await serve(base, `0.6.4.dev1+g${base.slice(0, 9)}`, 'VALUE = 1\n')
    await serve(head, '0.6.4.dev9+g0123456789', 'VALUE = 2\n')
    const { environment } = await install({ head }, indexOnly())
    expect(environment.outcome).toEqual({
      status: 'failed',
      reason: 'version-mismatch',
      side: 'head',
      message: `wanted commit ${head}, the version says: 0.6.4.dev9+g0123456789`,
    })
  })

  test('that serves one wheel for both sides is `same-wheel`', async () => {
    const { base, head } = await twoCommits()
    await serve(base, '1.0', 'VALUE = 1\n')
    await serve(head, '1.0', 'VALUE = 1\n')
    const { environment } = await install({ head }, indexOnly())
    expect(environment.outcome).toMatchObject({ status: 'failed', reason: 'same-wheel' })
  })

  test('that fails is no answer: the stage throws', async () => {
    const { base, head } = await twoCommits()
    host.faults.set(`/${base}/${constantName}`, { status: 503 })
    await expect(install({ head }, indexOnly())).rejects.toMatchObject({ code: 'network' })
  })

  test('without the wheel of a commit younger than a day is no answer yet', async () => {
    await project.repository.commit({ files: projectFiles() })
    const date = new Date(Date.now() - 3_600_000).toISOString()
    const head = await project.repository.commit({ files: projectFiles({ source: 'VALUE = 2\n' }), date })
    await serve(head, '1.0', 'VALUE = 2\n')
    const base = await project.repository.commit({ files: projectFiles({ source: 'VALUE = 3\n' }), date })
    await expect(install({ head, base }, indexOnly())).rejects.toMatchObject({
      code: 'network',
      message: `no wheel yet for a commit younger than a day: ${base}`,
    })
  })

  test('that has one side only is followed by the next rung for both', async () => {
    const { head } = await twoCommits()
    await serve(head, '1.0', 'VALUE = 2\n')
    const ladder: Partial<Repository> = { wheels: [...indexOnly().wheels!, { kind: 'build' }] }
    const { environment } = await install({ head }, ladder)
    expect(environment).toMatchObject({ comparable: true, base: { rung: 'build' }, head: { rung: 'build' } })
    expect(environment.attempts.head.at(-2)).toMatchObject({ rung: 'wheel-index', answer: 'HTTP 200' })
    expect(environment.attempts.head.at(-1)).toMatchObject({ rung: 'build', answer: 'built' })
  })

  test('that is the only rung of one side leaves the sides not comparable', async () => {
    await project.repository.commit({ files: { '_build.py': 'raise RuntimeError\n' } })
    const head = await project.repository.commit({ files: projectFiles() })
    const base = await project.repository.git('rev-parse', `${head}^`)
    await serve(base, '1.0', 'VALUE = 1\n')
    const ladder: Partial<Repository> = { wheels: [{ kind: 'build' }, ...indexOnly().wheels!] }
    const { environment } = await install({ head }, ladder)
    expect(environment).toMatchObject({ comparable: false, base: { rung: 'wheel-index' }, head: { rung: 'build' } })
  })
})
