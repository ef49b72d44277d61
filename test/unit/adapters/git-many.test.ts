import { expect, test } from 'vitest'
import { bundled, failure, newRepository } from '../../support/git-fixture.ts'

test('what is known of many commits, as of one', async () => {
  const repository = await newRepository()
  const root = await repository.commit({ files: { a: '1' }, date: '2024-11-28T09:01:02-08:00' })
  const second = await repository.commit({ files: { a: '2' } })
  const merge = await repository.commit({ message: Buffer.from('gr\xfc\xdfe\n', 'latin1'), parents: [second, root] })
  const git = await bundled(repository)
  const missing = '0'.repeat(40)
  const known = await git.known([merge, missing, root, second])
  expect([...known.keys()].toSorted()).toEqual([merge, root, second].toSorted())
  for (const hash of [merge, root, second]) expect(await git.commit(hash)).toMatchObject(known.get(hash)!)
  expect(known.get(root)).toEqual({ hash: root, parents: [], commitDate: '2024-11-28T17:01:02Z' })
  expect(await git.known([])).toEqual(new Map())
})

test('one file at many commits, byte for byte', async () => {
  const repository = await newRepository()
  const bytes = Buffer.from('caf\xe9\n\nx', 'latin1')
  const first = await repository.commit({ files: { 'a/version.py': bytes } })
  const second = await repository.commit({ files: { 'a/version.py': '' } })
  const third = await repository.commit({ files: { 'a/version.py': null, 'a/other.py': '' } })
  const git = await bundled(repository)
  const missing = '0'.repeat(40)
  expect(await git.files([first, missing, third, second], 'a/version.py')).toEqual(
    new Map([
      [first, bytes],
      [second, Buffer.from('')],
    ]),
  )
  expect(await git.files([first, third], 'a')).toEqual(new Map()) // a folder
})

test('a commit and its first parents, with what differs, as of one', async () => {
  const repository = await newRepository()
  const lines = Array.from({ length: 20 }, (_, index) => `line_${index}\n`).join('')
  const history = [await repository.commit({ files: { 'a.py': lines, b: '1' } })]
  for (const files of [
    { b: '2' },
    { 'a.py': null, 'c.py': `${lines}last\n` },
    { b: '1' },
    {},
    { d: '4' },
    { d: '5' },
  ]) {
    history.push(await repository.commit({ files, message: `${history.length}\n` }))
  }
  const git = await bundled(repository)
  const head = history.at(-1)!
  const found = await Array.fromAsync(git.ancestry(head, 50))
  expect(found.map(({ hash }) => hash)).toEqual(history.toReversed())
  for (const { hash, changes, ...facts } of found) {
    expect(changes).toEqual(await git.changes(hash, head))
    expect(await git.commit(hash)).toMatchObject(facts)
  }
  expect(found.at(-1)!.changes).toMatchObject([{ path: 'c.py', oldPath: 'a.py', change: 'renamed' }, { path: 'd' }])
  expect(await Array.fromAsync(git.ancestry(head, 2))).toEqual(found.slice(0, 3))
})

test('only full hashes reach the command line', async () => {
  const repository = await newRepository()
  await repository.commit({ files: { a: '1' } })
  const git = await bundled(repository)
  for (const attempt of [
    () => git.known(['--all']),
    () => git.files(['--all'], 'a'),
    async () => git.ancestry('--all', 1),
  ]) {
    expect((await failure(attempt())).message).toBe('not a full commit hash: --all')
  }
})
