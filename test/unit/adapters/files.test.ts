import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { exists, readTextIfPresent, sha256, writeAtomically } from '../../../plugins/isobench/src/adapters/files.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'isobench-files-'))
})
afterEach(() => rm(directory, { recursive: true }))

it('writes a file whole, making its folders, and leaves nothing beside it', async () => {
  const path = join(directory, 'a/b.json')
  await writeAtomically(path, 'old')
  await writeAtomically(path, 'new')
  expect(await readFile(path, 'utf8')).toBe('new')
  expect(await readdir(join(directory, 'a'))).toEqual(['b.json'])
})

it('leaves the old file and no temporary one when writing fails', async () => {
  const path = join(directory, 'folder')
  await writeAtomically(join(path, 'inside'), 'kept')
  await expect(writeAtomically(path, 'text')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|directory/)
  expect(await readdir(directory)).toEqual(['folder'])
})

it('tells a missing file from an unreadable one', async () => {
  expect(await readTextIfPresent(join(directory, 'nothing'))).toBeUndefined()
  expect(await exists(join(directory, 'nothing/below'))).toBe(false)
  await expect(readTextIfPresent(directory)).rejects.toThrow('EISDIR')
})

it('digests text and bytes alike', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(sha256(Buffer.from('abc'))).toBe(sha256('abc'))
})
