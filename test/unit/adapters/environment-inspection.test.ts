import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../../../plugins/isobench/src/adapters/process.ts'
import { lockCommit } from '../../support/installing.ts'
import { type PythonProject, createPythonProject, projectFiles } from '../../support/python-project.ts'

const before = { ...process.env }

let project: PythonProject
beforeEach(async () => {
  project = await createPythonProject()
})
afterEach(async () => {
  process.env = { ...before }
  await project.remove()
})

/** A commit with these files besides its own, installed. */
async function installed(files: Readonly<Record<string, string>> = {}) {
  const hash = await project.repository.commit({ files: { ...projectFiles(), ...files } })
  const { side, lock } = await lockCommit(project, hash)
  const environments = project.environments()
  const { python } = await environments.ensure(side, lock)
  const site = dirname(dirname((await run(python, ['-I', '-c', 'import sample; print(sample.__file__)'])).stdout))
  return { environments, side, python, site }
}

test('says what the environment holds', async () => {
  const { environments, side, python } = await installed()
  expect(await environments.inspect(python, side.wheel)).toMatchObject({
    version: '1.0',
    packages: { sample: '1.0' },
    directUrl: expect.stringContaining(side.wheel.sha256),
    moduleFile: 'sample/__init__.py',
    torchCuda: null,
    commitIds: [],
    differingFiles: [],
  })
})

test('finds a file that was changed after it was installed', async () => {
  const { environments, side, python, site } = await installed()
  const module = join(site, 'sample', '__init__.py')
  await rm(module) // it is linked to the cache
  await writeFile(module, 'VALUE = 9\n')
  expect((await environments.inspect(python, side.wheel)).differingFiles).toEqual(['sample/__init__.py'])
})

test('reads what torch was built for', async () => {
  const { environments, side, python, site } = await installed()
  await mkdir(join(site, 'torch'))
  const cudaOf = async (text: string) => {
    await writeFile(join(site, 'torch', 'version.py'), text)
    return (await environments.inspect(python, side.wheel)).torchCuda
  }
  const newest = "__version__ = '2.7.0+cu128'\ncuda: Optional[str] = '12.8'\nhip: Optional[str] = None\n"
  expect(await cudaOf(newest)).toBe('12.8')
  expect(await cudaOf("cuda = '12.1'\n")).toBe('12.1')
  expect(await cudaOf("cuda: Optional[str] = None\nhip = '6.3'\n")).toBeNull()
  expect(await cudaOf('')).toBeNull()
})

test('is not misled by another package of the same name', async () => {
  const { environments, side, python, site } = await installed()
  const elsewhere = join(dirname(project.storeDirectory), 'elsewhere')
  await mkdir(join(elsewhere, 'sample'), { recursive: true })
  await writeFile(join(elsewhere, 'sample', '__init__.py'), 'VALUE = 9\n')
  process.env['PYTHONPATH'] = elsewhere
  expect((await environments.inspect(python, side.wheel)).moduleFile).toBe('sample/__init__.py')
  await writeFile(join(site, 'shadow.pth'), `import sys; sys.path.insert(0, ${JSON.stringify(elsewhere)})\n`)
  expect((await environments.inspect(python, side.wheel)).moduleFile).toBe('outside of the environment: __init__.py')
})

test('refuses an interpreter that is not that of the environment', async () => {
  const { environments, side, python } = await installed()
  await rm(join(dirname(dirname(python)), 'pyvenv.cfg'))
  await expect(environments.inspect(python, side.wheel)).rejects.toMatchObject({
    code: 'corrupt-artifact',
    message: expect.stringMatching(/^cannot inspect the environment: the interpreter is not that of the environment/),
  })
})

test('finds the commit id that a package embeds', async () => {
  const embedded = {
    'sample/_version.py': "__version__ = version = '0.6.4.dev2+g98f47f2a4'\n__commit_id__ = 'g98f47f2a4'\n",
    'sample/commit_id.py': '__commit__ = "98f47f2a40320f23d5a1ebce0bd10ebdd8c0ee44"\nOTHER = "20240101"\n',
  }
  const { environments, side, python } = await installed(embedded)
  expect((await environments.inspect(python, side.wheel)).commitIds).toEqual([
    '98f47f2a4',
    '98f47f2a40320f23d5a1ebce0bd10ebdd8c0ee44',
  ])
})
