import { expect, test } from 'vitest'
import { parseChanges } from '../../../plugins/isobench/src/domain/git-output.ts'
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

test('processes that stay say the same, byte for byte, as a process a question', async () => {
  const repository = await newRepository()
  const lines = Array.from({ length: 200 }, (_, index) => `line_${index} = '\u00e9'\n`).join('')
  const history = [await repository.commit({ files: { 'a.py': lines, 'b c.py': '\ufeff1', 'd.bin': '\0\u0001' } })]
  for (const files of [
    { 'a.py': null, 'c.py': `${lines}last` },
    { 'b c.py': Buffer.from('caf\xe9\r\n\ufeff', 'latin1'), 'd.bin': '\0\u0002' },
    {},
    { 'a\nb.py': 'end 0123\n', 'tab\t.py': { link: 'c.py' }, 'e.py': { executable: `${lines}diff --git a/x b/x\n` } },
    { sub: { submodule: history[0]! }, 'c.py': Buffer.alloc(300_000, 'x\n') },
  ]) {
    history.push(await repository.commit({ files, message: `${history.length}\n` }))
  }
  const git = await bundled(repository)
  const options = ['-r', '-M', '-l1000', '--no-ext-diff', '--no-textconv', '--ignore-submodules=none']
  const plain = async (base: string, head: string) => {
    const patch = await repository.git('diff-tree', ...options, '-p', '-U3', base, head)
    const raw = await repository.git('diff-tree', ...options, '--raw', '--numstat', '-z', base, head)
    return { patch, changes: parseChanges(raw) }
  }
  const pairs = history.slice(1).flatMap((head, index) => {
    const base = history[index]!
    return [
      { base, head },
      { base: head, head: base },
    ]
  })
  const found = await Promise.all(
    pairs.map(async ({ base, head }) => ({
      patch: (await git.patch(base, head)).replace(/\n$/, ''),
      changes: await git.changes(base, head),
    })),
  )
  for (const [index, { base, head }] of pairs.entries()) expect(found[index]).toEqual(await plain(base, head))
  const last = history.at(-1)!
  expect(await git.file(last, 'a\nb.py')).toEqual(Buffer.from('end 0123\n'))
  expect(await git.file(last, 'sub')).toBeNull()
  expect(await git.file(last, 'tab\t.py')).toEqual(Buffer.from('c.py'))
})
