import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exists, sha256 } from '../../../plugins/isobench/src/adapters/files.ts'
import type { Repository } from '../../../plugins/isobench/src/schema/repository.ts'
import { installWheel } from '../../../plugins/isobench/src/stages/install-wheel.ts'
import { type PythonProject, createPythonProject, projectFiles } from '../../support/python-project.ts'
import { type Fault, type WheelHost, startWheelHost } from '../../support/wheel-host.ts'
import { type TestWheel, makeWheel } from '../../support/wheels.ts'

// Everything a host can do wrong, with the real uv: nothing half installed is ever used, and nothing is reported that
// was not verified.

const before = { ...process.env }

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
  process.env = { ...before }
  await Promise.all([project.remove(), host.close()])
})

/** The wheel host alone, or with more settings. */
function byCommit(more: { readonly forbidden_is_absent?: boolean } = {}): Partial<Repository> {
  return { wheels: [{ kind: 'wheel-index', urls: [host.url], ...more }] }
}

/** The index of releases alone: base is 1.0 and head is 2.0. */
function byRelease(): Partial<Repository> {
  const versions = { [base]: '1.0', [head]: '2.0' }
  return { wheels: [{ kind: 'release', index: `${host.url}/simple`, versions }] }
}

async function install(settings: Partial<Repository>) {
  const environments = project.environments(settings)
  const log = (line: string) => void project.lines.push(line)
  const input = { repository: project.input(settings), commit: { head } }
  return installWheel(input, { git: project.git, environments, log })
}

/** That nothing was installed or kept as an environment, not even in part. */
async function expectNothingInstalled(): Promise<void> {
  const folder = join(project.storeDirectory, 'envs')
  expect((await exists(folder)) ? await readdir(folder) : []).toEqual([])
}

/** The outcome of settings that install nothing. */
async function lost(settings: Partial<Repository>) {
  const { environment, locks } = await install(settings)
  expect(environment).toMatchObject({ installer: null, base: null, head: null, comparable: false })
  expect(locks).toEqual({ base: null, head: null })
  await expectNothingInstalled()
  const { reason, side, message } = environment.outcome
  expect(project.lines).toContain(`${reason}${side === null ? '' : ` (${side})`}: ${message}`)
  return { environment, reason, side, message }
}

async function thrown(settings: Partial<Repository>) {
  const error: unknown = await install(settings).catch((failure: unknown) => failure)
  await expectNothingInstalled()
  return error
}

const nameOf = (tag: string) => `sample-1.0.0.dev-${tag}.whl`
const constantName = nameOf('cp38-abi3-manylinux1_x86_64')

/** Serves a good wheel of base, and for head whatever is wrong. */
async function serve(wheel: Partial<TestWheel> = {}, cut?: number): Promise<string> {
  const files = (value: number) => ({ files: { 'sample/__init__.py': `VALUE = ${value}\n` } })
  const good = { name: 'sample', version: `0.6.4.dev1+g${base.slice(0, 9)}`, ...files(1) }
  host.files.set(`/${base}/${constantName}`, await makeWheel(good))
  const other = { name: 'sample', version: `0.6.4.dev2+g${head.slice(0, 9)}`, ...files(2), ...wheel }
  host.files.set(`/${head}/${constantName}`, (await makeWheel(other)).subarray(0, cut))
  return `/${head}/${constantName}`
}

/** Serves both releases; what the page says of 2.0 is in `as`. */
async function release(wheel: Partial<TestWheel> = {}, as: { announced?: string; filename?: string } = {}) {
  const links: string[] = []
  for (const version of ['1.0', '2.0']) {
    const files = { 'sample/__init__.py': `VALUE = "${version}"\n` }
    const content = await makeWheel({ name: 'sample', version, files, ...(version === '2.0' ? wheel : {}) })
    const own = version === '2.0' ? as : {}
    const filename = own.filename ?? `sample-${version}-py3-none-any.whl`
    links.push(`<a href="${filename}#sha256=${own.announced ?? sha256(content)}">x</a>`)
    host.files.set(`/simple/sample/${filename}`, content)
  }
  host.files.set('/simple/sample/', links.join('\n'))
}

describe('a host that does not say whether it has the wheel', () => {
  test.each([
    ['500 for ever', { status: 500 }, 'HTTP 500'],
    ['429', { status: 429 }, 'HTTP 429'],
    ['401', { status: 401 }, 'HTTP 401'],
    ['a reset connection', 'reset', /^cannot reach .*: (read ECONNRESET|other side closed)$/],
    ['a transfer that ends too early', 'cut', /^cannot reach .*: (terminated|other side closed)$/],
  ] as [string, Fault, string | RegExp][])('%s: the stage throws', async (_, fault, message) => {
    const path = await serve()
    host.faults.set(path, fault)
    const error = await thrown(byCommit())
    expect(error).toMatchObject({ code: 'network' })
    expect((error as Error).message).toMatch(
      typeof message === 'string' ? `cannot reach ${host.url}${path}: ${message}` : message,
    )
  })

  test('500, then the wheel: it is installed', async () => {
    host.faults.set(await serve(), { status: 500, times: 2 })
    expect((await install(byCommit())).environment.outcome.status).toBe('ok')
  })

  test('403 is never taken for absence, unless the settings say that this host means it', async () => {
    const path = await serve()
    host.faults.set(path, { status: 403 })
    const error = await thrown(byCommit())
    expect(error).toMatchObject({ code: 'network', message: `cannot reach ${host.url}${path}: HTTP 403` })
    expect((error as { hint: string }).hint).toMatchInlineSnapshot(
      `"the host refuses: it may want a login, or answer 403 for whatever it has not, as stores of objects do; where that is so, set \`forbidden_is_absent: true\` beside its \`urls\` in repository.yaml"`,
    )
    const { environment, reason, side } = await lost(byCommit({ forbidden_is_absent: true }))
    expect({ reason, side }).toEqual({ reason: 'wheel-missing', side: 'head' })
    expect(environment.attempts.head.at(-1)).toEqual({
      rung: 'wheel-index',
      location: `${host.url}${path}`,
      answer: 'HTTP 403, absent as `forbidden_is_absent` says',
    })
  })
})

test('404 everywhere is `wheel-missing`, with every place', async () => {
  const settings = { wheels: [...byCommit().wheels!, ...byRelease().wheels!, { kind: 'ancestor-overlay' as const }] }
  const { environment, reason, message } = await lost(settings)
  expect({ reason, message }).toEqual({
    reason: 'wheel-missing',
    message: `no wheel source has ${base}, places tried: 8`,
  })
  expect(environment.attempts.base.map(({ rung, answer }) => `${rung} ${answer}`)).toEqual([
    ...Array.from({ length: 3 }, () => 'wheel-index HTTP 404'),
    'release HTTP 404',
    ...Array.from({ length: 4 }, () => 'ancestor-overlay HTTP 404'),
  ])
})

describe('a wheel that must not be installed is `wheel-invalid`', () => {
  test('one that the host has cut short', async () => {
    await serve({}, 300)
    const { reason, side, message } = await lost(byCommit())
    expect({ reason, side, message }).toEqual({
      reason: 'wheel-invalid',
      side: 'head',
      message: `the wheel of ${head} is refused: not a whole zip file: File is not a zip file`,
    })
  })

  test('one with a path that climbs out', async () => {
    await serve({ files: { 'sample/__init__.py': '', '../../../../../outside.py': 'x' } })
    const { reason, message } = await lost(byCommit())
    expect(reason).toBe('wheel-invalid')
    expect(message).toBe(`the wheel of ${head} is refused: member climbs out: ../../../../../outside.py`)
    expect(await readdir(join(project.storeDirectory, 'wheels'))).toHaveLength(1)
  })

  test('one with another digest than the index announces', async () => {
    await release({}, { announced: '0'.repeat(64) })
    const { reason, message } = await lost(byRelease())
    const got = sha256(host.files.get('/simple/sample/sample-2.0-py3-none-any.whl') as Uint8Array)
    expect(reason).toBe('wheel-invalid')
    expect(message).toBe(`the wheel of ${head} is refused: wanted sha256 ${'0'.repeat(64)}, got: ${got}`)
  })
})

describe('a wheel that is not what was asked for is `version-mismatch` with both values', () => {
  test('whose METADATA names another version', async () => {
    await release({ version: '9.9' })
    expect(await lost(byRelease())).toMatchObject({
      reason: 'version-mismatch',
      side: 'head',
      message: 'wanted version 2.0, METADATA says: 9.9',
    })
  })

  test('whose METADATA names another package', async () => {
    await serve({ name: 'other' })
    expect(await lost(byCommit())).toMatchObject({
      reason: 'version-mismatch',
      side: 'head',
      message: 'wanted the distribution sample, METADATA says: other',
    })
  })

  test('whose version names another commit', async () => {
    await serve({ version: `0.6.4.dev1+g${base.slice(0, 9)}` })
    expect(await lost(byCommit())).toMatchObject({
      reason: 'version-mismatch',
      message: `wanted commit ${head}, the version says: 0.6.4.dev1+g${base.slice(0, 9)}`,
    })
  })

  test('which the next rung makes up for', async () => {
    await serve({ name: 'other' })
    const { environment } = await install({ wheels: [...byCommit().wheels!, { kind: 'build' }] })
    expect(environment).toMatchObject({ outcome: { status: 'ok' }, comparable: true, head: { rung: 'build' } })
  })
})

test('one wheel for both sides is `same-wheel`, with where each has it from', async () => {
  const wheel = await makeWheel({ name: 'sample', version: '1.0', files: { 'sample/__init__.py': '' } })
  for (const commit of [base, head]) host.files.set(`/${commit}/${constantName}`, wheel)
  const places = `base has it from ${host.url}/${base}/${constantName}, head from ${host.url}/${head}/${constantName}`
  expect(await lost(byCommit())).toMatchObject({
    reason: 'same-wheel',
    side: null,
    message: `base and head have the same wheel sample-1.0-cp38-abi3-manylinux1_x86_64.whl, ${places}: ${sha256(wheel)}`,
  })
})

describe('a wheel that does not fit', () => {
  test.each([
    ['a newer C library', 'cp38-abi3-manylinux_2_99_x86_64', /: it needs glibc 2\.99, this machine has: 2\.\d+$/],
    ['another system', 'py3-none-win_amd64', /: it is for win_amd64, this is: linux-x86_64$/],
  ])('this machine (%s) is no outcome: the stage throws', async (_, tag, message) => {
    await release({ tag }, { filename: `sample-2.0-${tag}.whl` })
    const error = await thrown(byRelease())
    expect(error).toMatchObject({ code: 'prerequisite-missing' })
    expect((error as Error).message).toMatch(message)
  })

  test('the Python of the settings is `wheel-incompatible`', async () => {
    await release({}, { filename: 'sample-2.0-cp39-cp39-manylinux1_x86_64.whl' })
    expect(await lost({ ...byRelease(), python: '3.11' })).toMatchObject({
      reason: 'wheel-incompatible',
      side: 'head',
      message: `the wheel of ${head}: it is for cp39-cp39, wanted: 3.11`,
    })
  })

  test('any Python that is here names what is wanted and what is here', async () => {
    await serve({ requiresPython: '>=3.99' })
    const error = await thrown(byCommit())
    expect(error).toMatchObject({ code: 'prerequisite-missing' })
    expect((error as Error).message).toMatch(/^no Python that fits >=3\.8, >=3\.99, found: 3\./)
  })
})

describe('an sdist where a wheel is required is not built', () => {
  test('as a release', async () => {
    host.files.set('/simple/sample/', '<a href="sample-1.0.tar.gz">x</a><a href="sample-2.0.tar.gz">x</a>')
    expect(await lost(byRelease())).toMatchObject({ reason: 'wheel-missing', side: 'base' })
    expect(host.requests.filter((request) => request.includes('.tar.gz'))).toEqual([])
  })

  test('as a dependency', async () => {
    const canary = join(project.storeDirectory, 'canary')
    const setup = `import pathlib; pathlib.Path(${JSON.stringify(canary)}).write_text("ran")\n`
    const files = { 'dependency-1.0/setup.py': setup, 'dependency-1.0/PKG-INFO': 'Name: dependency\nVersion: 1.0\n' }
    const sdist = await makeWheel({ name: 'dependency', version: '1.0', files })
    host.files.set('/dependency-1.0.zip', sdist)
    await serve({ requires: [`dependency @ ${host.url}/dependency-1.0.zip`] })
    const { environment, locks } = await install(byCommit())
    expect(environment.outcome).toMatchObject({ status: 'failed', reason: 'dependencies-unresolvable', side: 'head' })
    expect(locks).toEqual({ base: null, head: null })
    expect(environment.outcome.message).toBe('Building source distributions for `dependency` is disabled')
    expect(await exists(canary)).toBe(false)
  })
})

test('a dependency is never taken from the wheel host or from an extra index of the environment', async () => {
  const hijack = await makeWheel({ name: 'isobench-no-such-package', version: '9.9' })
  const filename = 'isobench_no_such_package-9.9-py3-none-any.whl'
  for (const folder of ['/isobench-no-such-package/', `/${base}/isobench-no-such-package/`]) {
    host.files.set(folder, `<a href="/${filename}">x</a>`)
  }
  host.files.set(`/${filename}`, hijack)
  await serve({ requires: ['isobench-no-such-package'] })
  for (const name of ['UV_INDEX', 'UV_EXTRA_INDEX_URL', 'UV_DEFAULT_INDEX', 'UV_FIND_LINKS', 'PIP_EXTRA_INDEX_URL']) {
    process.env[name] = host.url
  }
  process.env['HTTPS_PROXY'] = process.env['https_proxy'] = 'http://127.0.0.1:1'
  const ended = await install(byCommit()).then(
    ({ environment }) => environment.outcome.reason,
    (error: { code?: string }) => error.code,
  )
  expect(ended).toBe('network')
  expect(host.requests.filter((request) => request.includes('no-such-package'))).toEqual([])
})
