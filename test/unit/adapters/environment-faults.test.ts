import { once } from 'node:events'
import { readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exists, sha256 } from '../../../plugins/isobench/src/adapters/files.ts'
import { run } from '../../../plugins/isobench/src/adapters/process.ts'
import type { Repository } from '../../../plugins/isobench/src/schema/repository.ts'
import { type LockedSide, installElsewhere, lockCommit, processesWith } from '../../support/installing.ts'
import { type PackageIndex, startPackageIndex } from '../../support/package-index.ts'
import { type PythonProject, createPythonProject, projectFiles } from '../../support/python-project.ts'

const before = { ...process.env }
const dependency = 'dep_a-1.0-py3-none-any.whl'

let project: PythonProject
let index: PackageIndex
let settings: Partial<Repository>
let locked: LockedSide
/** A commit that needs `dep-a`, locked and not installed: the wheel of `dep-a` was not fetched yet. */
beforeEach(async () => {
  ;[project, index] = await Promise.all([createPythonProject(), startPackageIndex()])
  const files = { 'dep_a/__init__.py': 'VALUE = 1\n', 'dep_a/data.txt': 'x'.repeat(500_000) }
  await index.publish([{ name: 'dep-a', version: '1.0', files }])
  settings = { dependency_index: index.url }
  const hash = await project.repository.commit({ files: projectFiles({ dependencies: ['dep-a'] }) })
  locked = await lockCommit(project, hash, settings)
})
afterEach(async () => {
  process.env = { ...before }
  await Promise.all([project.remove(), index.close()])
})

function ensure() {
  return project.environments(settings).ensure(locked.side, locked.lock)
}

function place(...names: string[]): string {
  return join(project.storeDirectory, 'envs', ...names)
}

/** What the environment prints when both packages are imported. */
async function valuesOf(python: string): Promise<string> {
  return (await run(python, ['-I', '-c', 'import dep_a, sample; print(dep_a.VALUE, sample.VALUE)'])).stdout.trim()
}

function marker(): Promise<boolean> {
  return exists(place(`${locked.side.environment_key}.ready.json`))
}

function timesInstalled(): number {
  return project.lines.filter((line) => line.startsWith('installing ')).length
}

describe('kill -9', () => {
  test('of everything that installs: the next makes the environment anew', async () => {
    const asked = index.stall(dependency)
    const installer = installElsewhere(project, locked, settings)
    await asked
    process.kill(-installer.pid!, 'SIGKILL')
    for (const id of await processesWith('sync', project.storeDirectory)) process.kill(id, 'SIGKILL')
    await installer
    expect([await exists(place(locked.side.environment_key)), await marker()]).toEqual([true, false])
    index.resume()
    expect(await valuesOf((await ensure()).python)).toBe('1 1')
    expect(timesInstalled()).toBe(1)
  })

  test('of uv alone: the stage can be run again, and nothing half made is used', async () => {
    const asked = index.stall(dependency)
    const installing = ensure()
    await asked
    for (const id of await processesWith('sync', project.storeDirectory)) process.kill(id, 'SIGKILL')
    await expect(installing).rejects.toMatchObject({ code: 'interrupted', message: 'uv was stopped before its end' })
    expect(await marker()).toBe(false)
    index.resume()
    expect(await valuesOf((await ensure()).python)).toBe('1 1')
  })

  test('of the caller alone: the next waits for the uv that is still at work', async () => {
    const asked = index.stall(dependency)
    const installer = installElsewhere(project, locked, settings)
    await asked
    installer.kill('SIGKILL')
    await installer
    const requests = index.requests.length
    let isDone = false
    const next = ensure().finally(() => (isDone = true))
    const [left] = await processesWith('sync', project.storeDirectory)
    await wait(500)
    expect({ left, isDone, requests: index.requests.length }).toEqual({
      left: expect.any(Number),
      isDone: false,
      requests,
    })
    index.resume()
    process.kill(left!, 'SIGKILL')
    expect(await valuesOf((await next).python)).toBe('1 1')
  })
})

describe('the lock', () => {
  test('is installed without network from what is cached', async () => {
    await ensure()
    await index.close()
    await rm(place(), { recursive: true })
    expect(await valuesOf((await ensure()).python)).toBe('1 1')
    index = await startPackageIndex()
  })

  test('asks the network for nothing when all is cached, also when there is one', async () => {
    await ensure()
    await rm(place(), { recursive: true })
    const asked = index.requests.length
    await ensure()
    expect(index.requests.slice(asked)).toEqual([])
  })

  test('that names what is gone from host and cache says so, and the next run can lock anew', async () => {
    index.withdraw(dependency)
    await expect(ensure()).rejects.toMatchObject({
      name: 'IsobenchError',
      code: 'corrupt-artifact',
      message: expect.stringMatching(
        /^a package of the lock cannot be had any more: HTTP status client error \(404 Not Found\) .*dep_a-1.0/,
      ),
      hint: 'run the target `install-wheel` again; it makes a new lock',
    })
    expect(await marker()).toBe(false)
  })

  test('is a network failure while the host is down', async () => {
    await index.close()
    await expect(ensure()).rejects.toMatchObject({ code: 'network' })
    expect(await marker()).toBe(false)
    index = await startPackageIndex()
  })

  test('whose wheel has other bytes by now is not installed', async () => {
    const other = locked.lock.replace(/(dep_a.*sha256 = ")[0-9a-f]{64}/, `$1${'0'.repeat(64)}`)
    expect(other).not.toBe(locked.lock)
    const environments = project.environments(settings)
    const python = await environments.choosePython([])
    const side = { ...locked.side, lock_sha256: sha256(other), environment_key: environments.key(other, python) }
    await expect(environments.ensure(side, other)).rejects.toMatchObject({ code: 'corrupt-artifact' })
    expect(await readdir(place())).not.toContain(`${side.environment_key}.ready.json`)
  })
})

/** Runs a command where a folder is a disk of its own of so many bytes, filled but for `freeBytes`. */
function withDisk(folder: string, sizeBytes: number, freeBytes: number): string[] {
  const fill = `head -c ${sizeBytes - freeBytes} /dev/zero > ${folder}/.fill 2>/dev/null`
  const script = `mkdir -p ${folder} && mount -t tmpfs -o size=${sizeBytes} tmpfs ${folder} && ${fill}; exec "$@"`
  return ['unshare', '--user', '--map-root-user', '--mount', '/bin/sh', '-c', script, 'sh']
}

const canMount = (await run('unshare', ['--user', '--map-root-user', '--mount', 'true'])).exitCode === 0
if (!canMount) console.log('skipped: the tests of full disks need user namespaces (`unshare --user --mount`)')

describe.skipIf(!canMount)('a disk', () => {
  test.each([
    ['before the environment', 'envs', 4096],
    ['in the middle of it', 'envs', 300_000],
    ['where packages are cached', 'uv-cache', 300_000],
  ])(
    'that is full %s is an error with a hint, and the next run makes the environment anew',
    async (_, folder, free) => {
      await project.environments(settings).installer()
      const full = withDisk(join(project.storeDirectory, folder), 1_000_000, free)
      const installer = installElsewhere(project, locked, settings, full)
      installer.stdin.end()
      const ended = await installer
      expect(ended.stderr).toMatch(
        /no space left on the disk: .*No space left on device|ENOSPC: no space left on device/,
      )
      expect(ended).toMatchObject({ exitCode: 1, stdout: '' })
      expect(await valuesOf((await ensure()).python)).toBe('1 1')
    },
  )

  test('of its own for the environments makes copies, and one line says so', async () => {
    const installer = installElsewhere(project, locked, settings, withDisk(place(), 50_000_000, 50_000_000))
    await once(installer.stdout, 'data')
    installer.stdin.end()
    expect((await installer).stderr.split('\n').filter((line) => line.includes('copied'))).toEqual([
      `files are copied, not linked: the uv cache and the environments share no disk: ${project.storeDirectory}`,
    ])
  })
})

test('an environment whose interpreter was replaced is not used', async () => {
  const { python } = await ensure()
  await rm(python)
  await symlink('/bin/true', python)
  expect(await valuesOf((await ensure()).python)).toBe('1 1')
  expect(timesInstalled()).toBe(2)
})
