import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chooseInterpreter, findInterpreters } from '../../../plugins/isobench/src/adapters/python.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isobench-python-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A program that answers as a Python of this version would. */
async function pretend(path: string, version: string, home: string, usable = true): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(
    path,
    `#!/bin/sh\necho '${JSON.stringify({ path, home, version, platform: 'linux-x86_64', usable })}'\n`,
  )
  await chmod(path, 0o755)
}

async function all(searchPath: string) {
  return Array.fromAsync(findInterpreters(searchPath))
}

test('the Python on the search path is found by running it, with its real path', async () => {
  const first = await chooseInterpreter(['>=3.8'])
  expect(first.version).toMatch(/^3\.\d+\.\d+/)
  expect(first.path).toBe(await realpath(first.path))
  expect(first.platform).toBe(`${process.platform}-${process.arch === 'x64' ? 'x86_64' : 'aarch64'}`)
})

test('the base of a virtual environment is taken, not the environment', async () => {
  const python = await chooseInterpreter(['>=3.8'])
  const bin = join(folder, 'environment', 'bin')
  await mkdir(bin, { recursive: true })
  await writeFile(join(folder, 'environment', 'pyvenv.cfg'), `home = ${dirname(python.path)}\n`)
  await symlink(python.path, join(bin, 'python3'))
  const [found] = await all(bin)
  expect(found).toEqual(python)
})

test('the versions beside it come after it, newest first, then the others on the path', async () => {
  const versions = join(folder, 'versions')
  for (const version of ['3.9.1', '3.11.7', '3.12.1', '3.10.2']) {
    await pretend(join(versions, version, 'bin', 'python3'), version, join(versions, version))
  }
  await pretend(join(folder, 'bin', 'python3.8'), '3.8.20', '/usr')
  await writeFile(join(folder, 'bin', 'python3.7'), '#!/bin/sh\nexit 127\n', { mode: 0o755 })
  await pretend(join(folder, 'bin', 'python3.13'), '3.13.0', '/usr', false)
  const found = await all(`${versions}/3.11.7/bin:${join(folder, 'bin')}:relative:${join(folder, 'nothing')}`)
  expect(found.map(({ version }) => version)).toEqual(['3.11.7', '3.12.1', '3.10.2', '3.9.1', '3.8.20'])
})

test('the first that fits is chosen', async () => {
  const path = join(folder, 'versions', '3.11.7', 'bin')
  const chosen = await chooseInterpreter(['>=3.9', '<3.11'], findInterpreters(path))
  expect(chosen.version).toBe('3.10.2')
})

test('none that fits is a missing prerequisite', async () => {
  const path = join(folder, 'versions', '3.11.7', 'bin')
  await expect(chooseInterpreter(['==3.14.*', '', '>=3.8'], findInterpreters(path))).rejects.toMatchObject({
    code: 'prerequisite-missing',
    message: 'no Python that fits ==3.14.*, >=3.8, found: 3.11.7, 3.12.1, 3.10.2, 3.9.1',
  })
  await expect(chooseInterpreter([''], findInterpreters(join(folder, 'nothing')))).rejects.toMatchObject({
    message: 'no Python that fits 3, found: none',
  })
})
