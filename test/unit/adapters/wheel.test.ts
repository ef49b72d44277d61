import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chooseInterpreter } from '../../../plugins/isobench/src/adapters/python.ts'
import { InvalidWheel, digestFile, readWheel } from '../../../plugins/isobench/src/adapters/wheel.ts'
import { type TestWheel, makeWheel } from '../../support/wheels.ts'

let folder: string
let python: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isobench-wheel-'))
  python = (await chooseInterpreter(['>=3.8'])).path
})
afterAll(() => rm(folder, { recursive: true }))

async function write(content: Uint8Array): Promise<string> {
  const path = join(folder, 'wheel.whl')
  await writeFile(path, content)
  return path
}

const sample: TestWheel = { name: 'Sample', version: '1.0+g98f47f2a', files: { 'sample/__init__.py': 'VALUE = 1\n' } }

test('METADATA is read', async () => {
  const requires = ['numpy<2', 'pytest ; extra == "test"']
  const path = await write(await makeWheel({ ...sample, requires, requiresPython: '>=3.8,<4' }))
  expect(await readWheel(path, python)).toEqual({
    name: 'Sample',
    version: '1.0+g98f47f2a',
    requiresPython: '>=3.8,<4',
    requiresDist: requires,
    generator: 'test',
  })
})

test.each(['../outside.py', '/etc/outside.py', 'sample/../../outside.py', 'sample\\..\\outside.py', 'C:/outside.py'])(
  'a member `%s` is refused',
  async (member) => {
    const path = await write(await makeWheel({ ...sample, files: { [member]: 'x' } }))
    const refusal = readWheel(path, python)
    await expect(refusal).rejects.toBeInstanceOf(InvalidWheel)
    await expect(refusal).rejects.toThrow(`member climbs out: ${member}`)
  },
)

test('a wheel that is cut short is refused', async () => {
  const whole = await makeWheel(sample)
  const path = await write(whole.subarray(0, whole.length - 30))
  await expect(readWheel(path, python)).rejects.toThrow('not a whole zip file: File is not a zip file')
})

test('a wheel with a damaged member is refused', async () => {
  const content = Buffer.from(await makeWheel(sample))
  content.write('VALUE = 7', content.indexOf('VALUE = 1'))
  await expect(readWheel(await write(content), python)).rejects.toThrow('damaged member: sample/__init__.py')
})

test('a zip file that is no wheel is refused', async () => {
  const path = await write(await makeWheel({ name: 'folder/Sample', version: '1.0' }))
  await expect(readWheel(path, python)).rejects.toThrow('wants one METADATA, has: 0')
})

test('a digest is that of the file', async () => {
  const path = await write(Buffer.from('hello'))
  expect(await digestFile(path)).toEqual({
    sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    sizeBytes: 5,
  })
})
