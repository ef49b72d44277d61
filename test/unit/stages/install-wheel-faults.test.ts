import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exists } from '../../../plugins/isobench/src/adapters/files.ts'
import { type InstallRig, createInstallRig } from '../../support/install-rig.ts'
import type { Fault } from '../../support/wheel-host.ts'
import { makeWheel } from '../../support/wheels.ts'

// Everything a host can do wrong, with the real uv: nothing half installed is ever used, and nothing is reported that
// was not verified.

const before = { ...process.env }

let rig: InstallRig
beforeEach(async () => {
  rig = await createInstallRig()
})
afterEach(async () => {
  process.env = { ...before }
  await rig.close()
})

describe('a host that does not say whether it has the wheel', () => {
  test.each([
    ['500 for ever', { status: 500 }, 'HTTP 500'],
    ['429', { status: 429 }, 'HTTP 429'],
    ['401', { status: 401 }, 'HTTP 401'],
    ['a reset connection', 'reset', /^cannot reach .*: (read ECONNRESET|other side closed)$/],
    ['a transfer that ends too early', 'cut', /^cannot reach .*: (terminated|other side closed)$/],
  ] as [string, Fault, string | RegExp][])('%s: the stage throws', async (_, fault, message) => {
    const path = await rig.serve()
    rig.host.faults.set(path, fault)
    const error = await rig.thrown(rig.byCommit())
    expect(error).toMatchObject({ code: 'network' })
    expect((error as Error).message).toMatch(
      typeof message === 'string' ? `cannot reach ${rig.host.url}${path}: ${message}` : message,
    )
  })

  test('500, then the wheel: it is installed', async () => {
    rig.host.faults.set(await rig.serve(), { status: 500, times: 2 })
    expect((await rig.install(rig.byCommit())).environment.outcome.status).toBe('ok')
  })

  test('403 is never taken for absence, unless the settings say that this host means it', async () => {
    const path = await rig.serve()
    rig.host.faults.set(path, { status: 403 })
    const error = await rig.thrown(rig.byCommit())
    expect(error).toMatchObject({ code: 'network', message: `cannot reach ${rig.host.url}${path}: HTTP 403` })
    expect((error as { hint: string }).hint).toMatchInlineSnapshot(
      `"the host refuses: it may want a login, or answer 403 for whatever it has not, as stores of objects do; where that is so, set \`forbidden_is_absent: true\` beside its \`urls\` in repository.yaml"`,
    )
    const { attempts, reason, side } = await rig.lost(rig.byCommit({ forbidden_is_absent: true }))
    expect({ reason, side }).toEqual({ reason: 'wheel-missing', side: 'head' })
    expect(attempts.head.at(-1)).toEqual({
      rung: 'wheel-index',
      location: `${rig.host.url}${path}`,
      answer: 'HTTP 403, absent as `forbidden_is_absent` says',
    })
  })
})

test('404 everywhere is `wheel-missing`, with every place', async () => {
  const settings = {
    wheels: [...rig.byCommit().wheels!, ...rig.byRelease().wheels!, { kind: 'ancestor-overlay' as const }],
  }
  const { attempts, reason, message } = await rig.lost(settings)
  expect({ reason, message }).toEqual({
    reason: 'wheel-missing',
    message: `no wheel source has ${rig.base}, places tried: 8`,
  })
  expect(attempts.base.map(({ rung, answer }) => `${rung} ${answer}`)).toEqual([
    ...Array.from({ length: 3 }, () => 'wheel-index HTTP 404'),
    'release HTTP 404',
    ...Array.from({ length: 4 }, () => 'ancestor-overlay HTTP 404'),
  ])
})

describe('an sdist where a wheel is required is not built', () => {
  test('as a release', async () => {
    rig.host.files.set('/simple/sample/', '<a href="sample-1.0.tar.gz">x</a><a href="sample-2.0.tar.gz">x</a>')
    expect(await rig.lost(rig.byRelease())).toMatchObject({ reason: 'wheel-missing', side: 'base' })
    expect(rig.host.requests.filter((request) => request.includes('.tar.gz'))).toEqual([])
  })

  test('as a dependency', async () => {
    const canary = join(rig.project.storeDirectory, 'canary')
    const setup = `import pathlib; pathlib.Path(${JSON.stringify(canary)}).write_text("ran")\n`
    const files = { 'dependency-1.0/setup.py': setup, 'dependency-1.0/PKG-INFO': 'Name: dependency\nVersion: 1.0\n' }
    const sdist = await makeWheel({ name: 'dependency', version: '1.0', files })
    rig.host.files.set('/dependency-1.0.zip', sdist)
    await rig.serve({ requires: [`dependency @ ${rig.host.url}/dependency-1.0.zip`] })
    const { environment, locks } = await rig.install(rig.byCommit())
    expect(environment.outcome).toMatchObject({ status: 'failed', reason: 'dependencies-unresolvable', side: 'head' })
    expect(locks).toEqual({ base: null, head: null })
    expect(environment.outcome.message).toBe('Building source distributions for `dependency` is disabled')
    expect(await exists(canary)).toBe(false)
  })
})

test('a dependency is never taken from the wheel host or from an extra index of the environment', async () => {
  const hijack = await makeWheel({ name: 'isobench-no-such-package', version: '9.9' })
  const filename = 'isobench_no_such_package-9.9-py3-none-any.whl'
  for (const folder of ['/isobench-no-such-package/', `/${rig.base}/isobench-no-such-package/`]) {
    rig.host.files.set(folder, `<a href="/${filename}">x</a>`)
  }
  rig.host.files.set(`/${filename}`, hijack)
  await rig.serve({ requires: ['isobench-no-such-package'] })
  await rig.project.environments().installer()
  for (const name of ['UV_INDEX', 'UV_EXTRA_INDEX_URL', 'UV_DEFAULT_INDEX', 'UV_FIND_LINKS', 'PIP_EXTRA_INDEX_URL']) {
    process.env[name] = rig.host.url
  }
  process.env['HTTPS_PROXY'] = process.env['https_proxy'] = 'http://127.0.0.1:1'
  const ended = await rig.install(rig.byCommit()).then(
    ({ environment }) => environment.outcome.reason,
    (error: { code?: string }) => error.code,
  )
  expect(ended).toBe('network')
  expect(rig.host.requests.filter((request) => request.includes('no-such-package'))).toEqual([])
})
