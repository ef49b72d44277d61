import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exists, sha256 } from '../../../../plugins/isobench/src/adapters/files.ts'
import { run } from '../../../../plugins/isobench/src/adapters/process.ts'
import { canonicalJson } from '../../../../plugins/isobench/src/domain/canonical-json.ts'
import { Environment } from '../../../../plugins/isobench/src/schema/environment.ts'
import type { Repository } from '../../../../plugins/isobench/src/schema/repository.ts'
import { installWheel } from '../../../../plugins/isobench/src/stages/install-wheel.ts'
import { type PythonProject, createPythonProject, projectFiles } from '../../../support/python-project.ts'
import { type WheelHost, startWheelHost } from '../../../support/wheel-host.ts'
import { makeWheel } from '../../../support/wheels.ts'

let project: PythonProject
let host: WheelHost
beforeEach(async () => {
  project = await createPythonProject()
  host = await startWheelHost()
})
afterEach(() => Promise.all([project.remove(), host.close()]))

const constantName = 'sample-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl'
const oldFiles = {
  'sample/__init__.py': 'VALUE = 1\n',
  'sample/core.py': 'SPEED = "slow"\n',
  'sample/gone.py': '',
  'sample/table.json': '[1]',
}
/** What only a build makes: a compiled file, and one that names the commit. */
const builtFiles = (commit: string) => ({
  'sample/_C.abi3.so': 'compiled\n',
  'sample/_version.py': `__commit_id__ = 'g${commit.slice(0, 9)}'\n`,
})

/** Serves the wheel of a commit as its build host would have made it. */
async function serve(commit: string, files: Readonly<Record<string, string>> = oldFiles, names = commit) {
  const version = `0.6.4.dev1+g${names.slice(0, 9)}.cu129`
  const wheel = await makeWheel({ name: 'sample', version, files: { ...files, ...builtFiles(commit) } })
  host.files.set(`/${commit}/${constantName}`, wheel)
  return wheel
}

/** Three commits: one that has a wheel, a base and a head that change Python files only. */
async function threeCommits() {
  const ancestor = await project.repository.commit({ files: { ...projectFiles(), ...oldFiles, 'csrc/k.cu': '1' } })
  const base = await project.repository.commit({ files: { 'sample/__init__.py': 'VALUE = 2\n', 'README.md': 'x' } })
  const changed = { 'sample/core.py': 'SPEED = "fast"\n', 'sample/table.json': '[2]', 'sample/new.py': 'NEW = 1\n' }
  const head = await project.repository.commit({ files: { ...changed, 'sample/gone.py': null, 'sample/notes.md': '' } })
  return { ancestor, base, head }
}

function settings(ancestors?: number): Partial<Repository> {
  const overlay = { kind: 'ancestor-overlay' as const, ...(ancestors === undefined ? {} : { ancestors }) }
  return { wheels: [{ kind: 'wheel-index', urls: [host.url] }, overlay] }
}

async function install(head: string, chosen: Partial<Repository> = settings()) {
  const environments = project.environments(chosen)
  const log = (line: string) => void project.lines.push(line)
  const commit = { repository: project.input(chosen), commit: { head } }
  return installWheel(commit, { git: project.git, environments, log })
}

/** What the overlay rung said of a side, with hosts and hashes as short names. */
function told({ attempts }: Environment, names: Readonly<Record<string, string>>) {
  const answers = attempts.head.filter(({ rung }) => rung === 'ancestor-overlay')
  return answers
    .map(({ location, answer }) => `${location.replace(host.url, '')} ${answer}`)
    .map((line) => Object.entries(names).reduce((text, [name, hash]) => text.replaceAll(hash, name), line))
}

test('two commits without wheels come from that of their ancestor, each with its own Python files', async () => {
  const { ancestor, base, head } = await threeCommits()
  const wheel = await serve(ancestor)
  const { environment, locks } = await install(head)
  expect(Environment.parse(environment)).toEqual(environment)
  const tree = await project.repository.git('rev-parse', `${head}^{tree}`)
  expect(environment).toMatchObject({
    outcome: { status: 'ok' },
    comparable: true,
    base: { rung: 'ancestor-overlay', version: `0.6.4.dev1+overlay.g${base.slice(0, 9)}.cu129` },
    head: {
      rung: 'ancestor-overlay',
      identity: 'wheel-digest',
      version: `0.6.4.dev1+overlay.g${head.slice(0, 9)}.cu129`,
      wheel: {
        location: `overlay:${head}`,
        overlay: { ancestor, location: `${host.url}/${ancestor}/${constantName}`, sha256: sha256(wheel), tree },
      },
    },
  })
  expect(locks.head).toContain(`path = "sample-0.6.4.dev1+overlay.g${head.slice(0, 9)}.cu129-cp38-abi3`)
  const { python } = await project.environments(settings()).ensure(environment.head!, locks.head!)
  const question = 'import sample, sample.core, sample.new; print(sample.VALUE, sample.core.SPEED, sample.__file__)'
  const [value, speed, file] = (await run(python, ['-I', '-c', question])).stdout.trim().split(' ')
  expect([value, speed]).toEqual(['2', 'fast'])
  const installed = (name: string) => join(dirname(file!), name)
  expect(await readFile(installed('table.json'), 'utf8')).toBe('[2]')
  expect(await readFile(installed('_C.abi3.so'), 'utf8')).toBe('compiled\n')
  expect(await Promise.all(['gone.py', 'notes.md'].map((name) => exists(installed(name))))).toEqual([false, false])
})

/** What is asked of a host for a commit. */
const places = (name: string) => ['sample/metadata.json', 'sample/', constantName].map((file) => `/${name}/${file}`)

test('every place is told, from the commit itself to the ancestor that has a wheel', async () => {
  const { ancestor, base, head } = await threeCommits()
  await serve(ancestor)
  const { environment } = await install(head)
  const answers = ['head', 'base', 'ancestor'].flatMap((name) => places(name).map((place) => `${place} HTTP 404`))
  expect(told(environment, { head, base, ancestor })).toEqual([
    ...answers.slice(0, -1),
    answers.at(-1)!.replace('404', '200'),
  ])
})

test('the same bytes are made again when the store is gone', async () => {
  const { ancestor, head } = await threeCommits()
  await serve(ancestor)
  const first = await install(head)
  await rm(project.storeDirectory, { recursive: true })
  const { python } = await project.environments(settings()).ensure(first.environment.head!, first.locks.head!)
  expect(await exists(python)).toBe(true)
  await rm(project.storeDirectory, { recursive: true })
  expect(canonicalJson(await install(head))).toBe(canonicalJson(first))
})

test('a base with a wheel and a head without one come by the same rung', async () => {
  const { base, head } = await threeCommits()
  await serve(base, { ...oldFiles, 'sample/__init__.py': 'VALUE = 2\n' })
  const { environment } = await install(head)
  const expected = { rung: 'ancestor-overlay', wheel: { overlay: { ancestor: base } } }
  expect(environment).toMatchObject({ outcome: { status: 'ok' }, comparable: true, base: expected, head: expected })
  expect(environment.base!.wheel.sha256).not.toBe(environment.head!.wheel.sha256)
})

describe('no ancestor does', () => {
  test.each([
    ['compiled code', 'csrc/k.cu', {}],
    ['packaging', 'setup.py', {}],
    ['a path that the settings name', 'sample/kernels.py', { native_paths: ['sample/kernels.py'] }],
  ])('whose %s differs, and it is not asked for its wheel', async (_, path, more) => {
    const { ancestor } = await threeCommits()
    await serve(ancestor)
    const head = await project.repository.commit({ files: { [path]: '2\n', 'sample/core.py': '' } })
    const { environment } = await install(head, { ...settings(), ...more })
    expect(environment.outcome).toMatchObject({ status: 'failed', reason: 'wheel-missing', side: 'head' })
    expect(told(environment, { head, ancestor }).at(-1)).toBe(
      `commit:ancestor native code or packaging differs: ${path}`,
    )
  })

  test('that is further away than the settings allow', async () => {
    const { ancestor, head } = await threeCommits()
    await serve(ancestor)
    const { environment } = await install(head, settings(1))
    expect(environment.outcome).toMatchObject({ reason: 'wheel-missing', side: 'head' })
    expect((await install(head, settings(2))).environment.outcome.status).toBe('ok')
  })

  test('whose wheel has another file than its tree, or names another commit', async () => {
    const { ancestor, head } = await threeCommits()
    await serve(ancestor, { ...oldFiles, 'sample/core.py': 'SPEED = "other"\n' })
    const other = await install(head)
    expect(other.environment.outcome).toMatchObject({ reason: 'wheel-missing', side: 'head' })
    expect(told(other.environment, { ancestor }).at(-1)).toBe(
      'commit:ancestor cannot be used: the wheel of the ancestor has another file than its tree: sample/core.py',
    )
    await rm(project.storeDirectory, { recursive: true })
    await serve(ancestor, oldFiles, head)
    const { environment } = await install(head)
    expect(environment.outcome).toMatchObject({
      reason: 'version-mismatch',
      message: `wanted commit ${ancestor}, the version says: 0.6.4.dev1+g${head.slice(0, 9)}.cu129`,
    })
  })

  test('whose host fails: that is no answer', async () => {
    const { ancestor, head } = await threeCommits()
    host.faults.set(`/${ancestor}/${constantName}`, { status: 500 })
    await expect(install(head)).rejects.toMatchObject({ code: 'network' })
  })
})

test('the release that a tag names is an ancestor with a wheel', async () => {
  const { ancestor, head } = await threeCommits()
  await project.repository.git('tag', '-a', '-m', 'a release', 'v0.9', ancestor)
  const wheel = await makeWheel({ name: 'sample', version: '0.9', files: { ...oldFiles, ...builtFiles(ancestor) } })
  host.files.set('/simple/sample/', `<a href="sample-0.9-py3-none-any.whl#sha256=${sha256(wheel)}">x</a>`)
  host.files.set('/simple/sample/sample-0.9-py3-none-any.whl', wheel)
  const release = { kind: 'release' as const, index: `${host.url}/simple`, tags: 'v{version}' }
  const { environment } = await install(head, { wheels: [release, { kind: 'ancestor-overlay' }] })
  expect(environment).toMatchObject({
    outcome: { status: 'ok' },
    head: { version: `0.9+overlay.g${head.slice(0, 9)}`, wheel: { overlay: { ancestor } } },
  })
  expect(environment.attempts.head[0]).toEqual({
    rung: 'release',
    location: `commit:${head}`,
    answer: 'no version is set for this commit',
  })
})
