import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { environmentPlace } from '../../../../plugins/isobench/src/adapters/environment-place.ts'
import { exists } from '../../../../plugins/isobench/src/adapters/files.ts'
import { cleanStoreTo } from '../../../../plugins/isobench/src/nx/generators/clean-store.ts'
import { lockCommit } from '../../../support/installing.ts'
import { type PythonProject, createPythonProject, projectFiles } from '../../../support/python-project.ts'

const before = { ...process.env }

let project: PythonProject
let lines: string[]
beforeEach(async () => {
  project = await createPythonProject()
  lines = []
  process.env['ISOBENCH_STORE'] = project.storeDirectory
})
afterEach(async () => {
  process.env = { ...before }
  await project.remove()
})

function clean(budget: number) {
  return cleanStoreTo(createTreeWithEmptyWorkspace(), { budget }, (line) => void lines.push(line))
}

/** What the lines say, without what differs from run to run. */
function said(): string[] {
  const size = /\d+\.\d+ (?:MiB|GiB)/g
  return lines.map((line) =>
    line
      .replaceAll(project.storeDirectory, 'STORE')
      .replaceAll(size, 'SIZE')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\dZ/g, 'TIME'),
  )
}

it('says what goes, and removes it in the callback alone, for a dry run does not call that', async () => {
  const hash = await project.repository.commit({ files: projectFiles() })
  const { side, lock } = await lockCommit(project, hash)
  const environments = project.environments()
  await environments.ensure(side, lock)
  await environments.release()
  const { marker } = environmentPlace(project.storeDirectory, side.environment_key)
  const remove = await clean(0)
  expect(await exists(marker)).toBe(true)
  await remove()
  expect(await exists(marker)).toBe(false)
  expect(said().slice(0, 3)).toEqual([
    'STORE: SIZE of SIZE, environments: 1, in use: 0',
    `to remove: ${side.environment_key}, sample, last used TIME, alone SIZE`,
    'freed SIZE, environments removed: 1',
  ])
})

it('removes nothing that fits', async () => {
  await (
    await clean(1000)
  )()
  expect(said()).toEqual(['STORE: SIZE of SIZE, environments: 0, in use: 0', 'freed SIZE, environments removed: 0'])
})

it.each([-1, Number.NaN, Infinity])('refuses a budget of %d', async (budget) => {
  await expect(clean(budget)).rejects.toMatchObject({ code: 'bad-input' })
})
