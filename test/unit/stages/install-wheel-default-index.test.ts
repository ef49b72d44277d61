import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { exists } from '../../../plugins/isobench/src/adapters/files.ts'
import { run } from '../../../plugins/isobench/src/adapters/process.ts'
import { installWheel } from '../../../plugins/isobench/src/stages/install-wheel.ts'
import { type PythonProject, createPythonProject, projectFiles, toolsDirectory } from '../../support/python-project.ts'
import { type WheelHost, startWheelHost } from '../../support/wheel-host.ts'
import { makeWheel } from '../../support/wheels.ts'

// The bug of the ancestor (reference/wheels.md, headline 1): the index of the commit answers 404, so the package manager
// goes on to the default index and installs the newest release, on both sides, with exit code 0.

const before = { ...process.env }
const release = 'sample-9.9-py3-none-any.whl'

let project: PythonProject
let host: WheelHost
let base: string
let head: string
beforeEach(async () => {
  project = await createPythonProject()
  host = await startWheelHost()
  base = await project.repository.commit({ files: projectFiles() })
  head = await project.repository.commit({ files: projectFiles({ source: 'VALUE = 2\n' }) })
  host.files.set('/simple/sample/', `<a href="${release}">${release}</a>`)
  host.files.set(`/simple/sample/${release}`, await makeWheel({ name: 'sample', version: '9.9' }))
  process.env = { ...before, UV_DEFAULT_INDEX: `${host.url}/simple`, PIP_INDEX_URL: `${host.url}/simple` }
})
afterEach(async () => {
  process.env = { ...before }
  await Promise.all([project.remove(), host.close()])
})

async function install() {
  const settings = { wheels: [{ kind: 'wheel-index' as const, urls: [host.url] }] }
  const environments = project.environments(settings)
  const log = (line: string) => void project.lines.push(line)
  const commit = { repository: project.input(settings), commit: { head } }
  return installWheel(commit, { git: project.git, environments, log })
}

async function uv(): Promise<string> {
  await project.environments().installer()
  const folder = (await readdir(toolsDirectory)).find((name) => /^uv-[\d.]+$/.test(name))
  return folder === undefined ? 'uv' : join(toolsDirectory, folder, 'bin', 'uv')
}

test('the command of the ancestor takes the release of the default index', async () => {
  const indexes = ['--default-index', `${host.url}/simple`, '--extra-index-url', `${host.url}/${head}`]
  const cache = join(project.storeDirectory, 'cache')
  const args = ['pip', 'compile', '-', '--no-header', '--no-annotate', '--cache-dir', cache, ...indexes]
  const result = await run(await uv(), args, { input: 'sample\n' })
  expect(result).toMatchObject({ exitCode: 0, stdout: 'sample==9.9\n' })
  expect(host.requests).toContain(`GET /${head}/sample/`)
})

test.each([
  ['neither side', [] as const, 'base'],
  ['base only', ['base'] as const, 'head'],
  ['head only', ['head'] as const, 'base'],
])('a commit index that has %s is `wheel-missing`, whatever the default index has', async (_, there, missing) => {
  const commits = { base, head }
  for (const side of there) {
    const wheel = await makeWheel({ name: 'sample', version: `1.0+g${commits[side].slice(0, 9)}` })
    host.files.set(`/${commits[side]}/sample-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl`, wheel)
  }
  const { environment, locks } = await install()
  expect(environment).toMatchObject({
    outcome: { status: 'failed', reason: 'wheel-missing', side: missing },
    installer: null,
    base: null,
    head: null,
  })
  expect(locks).toEqual({ base: null, head: null })
  expect(await exists(join(project.storeDirectory, 'envs'))).toBe(false)
  expect(host.requests.filter((request) => request.includes('/simple'))).toEqual([])
})
