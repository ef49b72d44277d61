import { expect, test } from 'vitest'
import type { Git } from '../../../../plugins/isobench/src/adapters/git.ts'
import { readerAhead } from '../../../../plugins/isobench/src/adapters/wheel-sources/read-ahead.ts'
import { bundled, newRepository } from '../../../support/git-fixture.ts'

test('a file is read at all commits at once, and at the ancestors of another at once', async () => {
  const repository = await newRepository()
  const hashes: string[] = []
  for (let version = 0; version < 6; version++) {
    hashes.push(await repository.commit({ files: { 'version.py': version === 1 ? null : String(version) } }))
  }
  const git = await bundled(repository)
  const asked: number[] = []
  const counting: Git = {
    ...git,
    files: (commits, path) => {
      asked.push(commits.length)
      return git.files(commits, path)
    },
  }
  const read = readerAhead(hashes.slice(4), () => Promise.resolve(counting))
  const text = async (index: number) => {
    const bytes = await read(hashes[index]!, 'version.py')
    return bytes === null ? null : Buffer.from(bytes).toString()
  }
  expect(await Promise.all([5, 4].map(text))).toEqual(['5', '4'])
  expect(asked).toEqual([2])
  expect(await text(3)).toBe('3')
  expect([await text(2), await text(1), await text(0)]).toEqual(['2', null, '0'])
  expect(asked).toEqual([2, 4])
})
