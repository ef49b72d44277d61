import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { exists } from '../../../plugins/isobench/src/adapters/files.ts'
import { type Interpreter, chooseInterpreter } from '../../../plugins/isobench/src/adapters/python.ts'
import { findUv } from '../../../plugins/isobench/src/adapters/uv.ts'
import { projectFiles, toolsDirectory } from '../../support/python-project.ts'
import { makeWheel } from '../../support/wheels.ts'

const before = { ...process.env }

let folder: string
let python: Interpreter
let lines: string[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isobench-uv-'))
  python = await chooseInterpreter(['>=3.8'])
  lines = []
})
afterEach(async () => {
  process.env = { ...before }
  await rm(folder, { recursive: true })
})

function log(line: string): void {
  lines.push(line)
}

function find(tools = toolsDirectory) {
  return findUv({ toolsDirectory: tools, cacheDirectory: join(folder, 'cache'), python, log })
}

/** Whatever asks the network fails at once. */
function withoutNetwork(): void {
  process.env['HTTPS_PROXY'] = process.env['https_proxy'] = 'http://127.0.0.1:1'
}

async function program(path: string, text: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${text}\n`)
  await chmod(path, 0o755)
}

async function writeProject(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, 'source', path, '..'), { recursive: true })
    await writeFile(join(folder, 'source', path), text)
  }
  return join(folder, 'source')
}

test('uv on the search path is taken without asking the network', async () => {
  withoutNetwork()
  await program(join(folder, 'uv'), 'echo "uv 1.2.3 (abc 2026-11-01)"')
  process.env['PATH'] = `${folder}${delimiter}${process.env['PATH']}`
  expect(await find(join(folder, 'tools'))).toMatchObject({ name: 'uv', version: '1.2.3' })
  expect(await exists(join(folder, 'tools'))).toBe(false)
})

test('uv that was installed before is taken without asking the network, an old one on the path is not', async () => {
  expect((await find())?.name).toBe('uv')
  withoutNetwork()
  await program(join(folder, 'uv'), 'echo "uv 0.5.1"')
  process.env['PATH'] = `${folder}${delimiter}${process.env['PATH']}`
  expect((await find())?.version).toMatch(/^0\.1[2-9]\./)
})

test('without uv and network the answer comes within seconds, and says why', async () => {
  withoutNetwork()
  const start = performance.now()
  expect(await find(join(folder, 'tools'))).toBeUndefined()
  expect(performance.now() - start).toBeLessThan(20_000)
  expect(lines).toEqual([expect.stringMatching(/^uv cannot be had, using pip: ERROR: .*uv==/)])
})

async function build(files: Readonly<Record<string, string>>) {
  const source = await writeProject(files)
  const output = join(folder, 'output')
  await mkdir(output)
  const variables = { SOURCE_DATE_EPOCH: '1700000000' }
  return (await find())!.build({ source, output, python, cutoff: '2024-01-01T00:00:00Z', variables })
}

test('a wheel is built without network where the build needs nothing', async () => {
  await find()
  withoutNetwork()
  expect(await build(projectFiles())).toBeNull()
  expect(await exists(join(folder, 'output', 'sample-1.0-py3-none-any.whl'))).toBe(true)
})

test('a build that breaks gives the error of the back end', async () => {
  const failure = await build({ ...projectFiles(), '_build.py': 'import nothing_like_this\n' })
  expect(failure!.message).toBe("ModuleNotFoundError: No module named 'nothing_like_this'")
  expect(failure!.output).toContain('Traceback')
})

test('a build that needs the network and has none is a network failure', async () => {
  await find()
  withoutNetwork()
  const pyproject = projectFiles()['pyproject.toml'].replace('requires = []', 'requires = ["flit_core"]')
  await expect(build({ ...projectFiles(), 'pyproject.toml': pyproject })).rejects.toMatchObject({ code: 'network' })
})

const choices = { index: null, torch_backend: null, constraints: [], overrides: [], cutoff_exceptions: [] }

/** A wheel of ours and a dependency, both in a folder; uv is told to look there only. */
async function resolve(requirement: string) {
  await writeFile(join(folder, 'sample-1.0-py3-none-any.whl'), await makeWheel({ name: 'sample', version: '1.0' }))
  const requirements = [`sample @ file://${folder}/sample-1.0-py3-none-any.whl`, requirement]
  return (await find())!.resolve({ requirements, python, cutoff: '2024-01-01T00:00:00Z', choices, directory: folder })
}

test('a requirement that cannot be met is no solution', async () => {
  const result = await resolve('sample>=2')
  expect(result).toEqual({ unresolvable: expect.stringContaining('unsatisfiable') })
})

test('requirements of ours alone are resolved without network', async () => {
  await find()
  withoutNetwork()
  expect(await resolve('sample>=1')).toEqual({ lock: expect.stringContaining('name = "sample"') })
})

test('an environment is made from a lock, compiled, and has no pip', async () => {
  const result = await resolve('sample>=1')
  const lockFile = join(folder, 'pylock.toml')
  expect('lock' in result && result.lock).toBe(await readFile(lockFile, 'utf8'))
  const directory = join(folder, 'environment')
  const wheelFile = join(folder, 'sample-1.0-py3-none-any.whl')
  await (await find())!.materialize({ directory, python, lockFile, wheelFile, packages: 1, lock: 0 })
  expect(await exists(join(directory, 'bin', 'python'))).toBe(true)
  expect(await exists(join(directory, 'bin', 'pip'))).toBe(false)
})

test('a lock with another digest is not installed', async () => {
  const result = await resolve('sample>=1')
  const lockFile = join(folder, 'pylock.toml')
  await writeFile(
    lockFile,
    ('lock' in result ? result.lock : '').replace(/sha256 = "[0-9a-f]{64}"/, `sha256 = "${'0'.repeat(64)}"`),
  )
  const job = { directory: join(folder, 'environment'), python, lockFile, wheelFile: '', packages: 1, lock: 0 }
  await expect((await find())!.materialize(job)).rejects.toMatchObject({ code: 'corrupt-artifact' })
})
