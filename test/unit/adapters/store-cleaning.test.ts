import { once } from 'node:events'
import { readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { environmentPlace, installingLease } from '../../../plugins/isobench/src/adapters/environment-place.ts'
import { exists } from '../../../plugins/isobench/src/adapters/files.ts'
import { takeLocks } from '../../../plugins/isobench/src/adapters/kernel-lock.ts'
import { run } from '../../../plugins/isobench/src/adapters/process.ts'
import { type CleaningPlan, cleanStore, planCleaning } from '../../../plugins/isobench/src/adapters/store-cleaning.ts'
import type { Repository } from '../../../plugins/isobench/src/schema/repository.ts'
import { type LockedSide, installElsewhere, lockCommit } from '../../support/installing.ts'
import { type PackageIndex, startPackageIndex } from '../../support/package-index.ts'
import { type PythonProject, createPythonProject, projectFiles, toolsDirectory } from '../../support/python-project.ts'

const kilobytes = 1000

let project: PythonProject
let index: PackageIndex
let settings: Partial<Repository>
beforeEach(async () => {
  ;[project, index] = await Promise.all([createPythonProject(), startPackageIndex()])
  settings = { dependency_index: index.url }
})
afterEach(async () => {
  await Promise.all([project.remove(), index.close()])
})

/** Installs commits in this order, a day apart, the last one now; each has a module of 400 kB and nobody uses it any more. */
async function install(...dependencies: readonly (readonly string[])[]): Promise<LockedSide[]> {
  const hashes: string[] = []
  for (const [number, names] of dependencies.entries()) {
    const source = `VALUE = ${number}\nTEXT = "${String(number).repeat(400 * kilobytes)}"\n`
    hashes.push(await project.repository.commit({ files: projectFiles({ source, dependencies: names }) }))
  }
  const sides: LockedSide[] = []
  for (const [number, hash] of hashes.entries()) {
    const locked = await lockCommit(project, hash, settings)
    const environments = project.environments(settings)
    await environments.ensure(locked.side, locked.lock)
    await environments.release()
    const used = new Date(Date.now() - 86_400_000 * (hashes.length - 1 - number))
    await utimes(placeOf(locked).marker, used, used)
    sides.push(locked)
  }
  return sides
}

function placeOf({ side }: LockedSide) {
  return environmentPlace(project.storeDirectory, side.environment_key)
}

function clean(plan: CleaningPlan) {
  return cleanStore(plan, { toolsDirectory, log: (line) => void project.lines.push(line) })
}

/** How far the store is from what it takes, in bytes: a budget of so much less than that. */
async function planBelow(bytes: number): Promise<CleaningPlan> {
  const { totalBytes } = await planCleaning(project.storeDirectory, 0)
  return planCleaning(project.storeDirectory, totalBytes - bytes)
}

function there(sides: readonly LockedSide[]): Promise<boolean[]> {
  return Promise.all(sides.map((side) => exists(placeOf(side).marker)))
}

async function diskUse(): Promise<number> {
  const { stdout } = await run('du', ['-s', '-k', project.storeDirectory])
  return Number(stdout.split('\t')[0]) * 1024
}

test('a store within its budget is left as it is', async () => {
  const sides = await install([], [])
  const plan = await planCleaning(project.storeDirectory, 1e12)
  expect(plan.remove).toEqual([])
  expect(await clean(plan)).toMatchObject({ environments: 0, freedBytes: 0 })
  expect(await there(sides)).toEqual([true, true])
})

test('the longest unused environment goes first, with its wheel and what is cached of it, and the disk has the room', async () => {
  const sides = await install([], [], [])
  const before = await diskUse()
  const plan = await planBelow(100 * kilobytes)
  expect(plan.remove.map(({ key }) => key)).toEqual([sides[0]!.side.environment_key])
  const done = await clean(plan)
  expect(await there(sides)).toEqual([false, true, true])
  expect(done.environments).toBe(1)
  expect(done.totalBytes).toBeLessThanOrEqual(plan.budgetBytes)
  // Module (linked from the cache), bytecode and wheel.
  expect(done.freedBytes).toBeGreaterThan(1200 * kilobytes)
  expect(before - (await diskUse())).toBeGreaterThan(1200 * kilobytes)
  expect((await readdir(join(project.storeDirectory, 'wheels'))).toSorted()).toEqual(
    sides
      .slice(1)
      .map(({ side }) => side.wheel.sha256)
      .toSorted(),
  )
})

test('what was removed is made again when it is needed', async () => {
  const [side] = await install([])
  await clean(await planCleaning(project.storeDirectory, 0))
  expect(await there([side!])).toEqual([false])
  await project.environments(settings).ensure(side!.side, side!.lock)
  expect(await there([side!])).toEqual([true])
})

test('packages that no environment has any more leave the cache, the others stay there', async () => {
  for (const name of ['dep-a', 'dep-b']) {
    const module = name.replace('-', '_')
    await index.publish([
      { name, version: '1.0', files: { [`${module}/__init__.py`]: `TEXT = "${name.repeat(100 * kilobytes)}"\n` } },
    ])
  }
  const sides = await install(['dep-a'], ['dep-b'])
  await clean(await planBelow(100 * kilobytes))
  await rm(join(project.storeDirectory, 'envs'), { recursive: true })
  index.withdraw('dep_a-1.0-py3-none-any.whl')
  index.withdraw('dep_b-1.0-py3-none-any.whl')
  const environments = project.environments(settings)
  await environments.ensure(sides[1]!.side, sides[1]!.lock)
  await expect(environments.ensure(sides[0]!.side, sides[0]!.lock)).rejects.toMatchObject({ code: 'corrupt-artifact' })
})

describe('an environment in use', () => {
  test('by another process stays, whatever the budget, until that process ends', async () => {
    const [side] = await install([])
    const user = installElsewhere(project, side!, settings)
    const [python] = await once(user.stdout, 'data')
    const plan = await planCleaning(project.storeDirectory, 0)
    expect(plan).toMatchObject({ remove: [], environments: [{ inUse: true }] })
    await clean(plan)
    expect(await there([side!])).toEqual([true])
    const { stdout } = await run(String(python).trim(), ['-I', '-c', 'import sample; print(sample.VALUE)'])
    expect(stdout).toBe('0\n')
    user.kill('SIGKILL')
    await user
    await clean(await planCleaning(project.storeDirectory, 0))
    expect(await there([side!])).toEqual([false])
  })

  test('since the plan was made stays', async () => {
    const sides = await install([], [])
    const plan = await planCleaning(project.storeDirectory, 0)
    expect(plan.remove).toHaveLength(2)
    const environments = project.environments(settings)
    await environments.ensure(sides[0]!.side, sides[0]!.lock)
    expect(await clean(plan)).toMatchObject({ environments: 1 })
    await environments.release()
    expect(await there(sides)).toEqual([true, false])
  })

  test('in the meantime, and given back, stays too', async () => {
    const [side] = await install([])
    const plan = await planCleaning(project.storeDirectory, 0)
    const environments = project.environments(settings)
    await environments.ensure(side!.side, side!.lock)
    await environments.release()
    await clean(plan)
    expect(await there([side!])).toEqual([true])
  })
})

test('wheels and cached packages stay while somebody installs', async () => {
  const [side] = await install([])
  const plan = await planCleaning(project.storeDirectory, 0)
  const { path } = await project.environments().choosePython([])
  const [lease] = await takeLocks([{ path: installingLease(project.storeDirectory), mode: 'shared' }], path)
  await clean(plan)
  await lease!.release()
  expect(project.lines.at(-1)).toBe('wheels and cached packages stay: something is being installed')
  expect(await there([side!])).toEqual([false])
  expect(await readdir(join(project.storeDirectory, 'wheels'))).toEqual([side!.side.wheel.sha256])
})

test('what was never finished goes, and so do old wheels and working folders that nothing needs', async () => {
  const [side] = await install([])
  const place = placeOf(side!)
  await rm(place.marker)
  const temporary = join(project.storeDirectory, 'temporary', 'work-left')
  const [oldWheel, newWheel] = ['a', 'b'].map((digit) => join(project.storeDirectory, 'wheels', digit.repeat(64)))
  for (const folder of [temporary, oldWheel!, newWheel!]) {
    await run('mkdir', ['-p', folder])
    await writeFile(join(folder, 'file'), 'x'.repeat(5000))
  }
  const old = new Date(Date.now() - 2 * 86_400_000)
  for (const folder of [temporary, oldWheel!]) await utimes(folder, old, old)
  await clean(await planBelow(kilobytes))
  expect(await Promise.all([place.directory, temporary, oldWheel!, newWheel!].map(exists))).toEqual([
    false,
    false,
    false,
    true,
  ])
})

test('cleaning that is killed half way leaves nothing that is used', async () => {
  const [side] = await install([])
  const place = placeOf(side!)
  // What a kill between two steps leaves: the marker is gone, the rest is there in part.
  await rm(place.marker)
  await rm(join(place.directory, 'lib'), { recursive: true })
  const { python } = await project.environments(settings).ensure(side!.side, side!.lock)
  expect((await run(python, ['-I', '-c', 'import sample'])).exitCode).toBe(0)
})

test('cleaning that is killed at any moment leaves an environment that is whole or made again', async () => {
  const [side] = await install([])
  const program = `
    import { cleanStore, planCleaning } from ${JSON.stringify(join(import.meta.dirname, '../../../plugins/isobench/src/adapters/store-cleaning.ts'))}
    const plan = await planCleaning(${JSON.stringify(project.storeDirectory)}, 0)
    console.log('planned')
    await cleanStore(plan, { toolsDirectory: ${JSON.stringify(toolsDirectory)}, log: () => {} })`
  for (const milliseconds of [0, 20, 40, 80]) {
    const cleaner = execa(process.execPath, ['--input-type=module', '-e', program], { reject: false })
    await once(cleaner.stdout, 'data')
    setTimeout(() => cleaner.kill('SIGKILL'), milliseconds)
    await cleaner
    const environments = project.environments(settings)
    const { python } = await environments.ensure(side!.side, side!.lock)
    const { stdout } = await run(python, ['-I', '-c', 'import sample; print(sample.VALUE)'])
    expect(stdout).toBe('0\n')
    await environments.release()
  }
})

test('an empty store has nothing to clean', async () => {
  const plan = await planCleaning(join(dirname(project.storeDirectory), 'no-store'), 0)
  expect(await clean(plan)).toEqual({ environments: 0, freedBytes: 0, totalBytes: 0 })
})
