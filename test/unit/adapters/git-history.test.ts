import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type History, openHistory } from '../../../plugins/isobench/src/adapters/git-history.ts'
import { child } from '../../support/child.ts'
import { failure, mirrorOptions, newRepository, served, temporaryFolder } from '../../support/git-fixture.ts'
import type { TestRepository } from '../../support/repository.ts'

async function historyOf(repository: TestRepository, lines: string[] = []): Promise<History> {
  return openHistory(await mirrorOptions({ url: (await served(repository)).url }, lines))
}

/** Where a mirror lies below the store. */
async function mirrorBelow(storeDirectory: string): Promise<string> {
  const [name] = await readdir(join(storeDirectory, 'mirrors'))
  return join(storeDirectory, 'mirrors', name!)
}

/** A commit with exactly these bytes, as no version of git would write it. */
async function rawCommit(repository: TestRepository, headers: string, message: Uint8Array): Promise<string> {
  const tree = await repository.git('mktree')
  const person = 'Ada <ada@example.org> 1704067200 +0000'
  const start = Buffer.from(`tree ${tree}\nauthor ${person}\ncommitter ${person}\n${headers}\n`)
  const bytes = Buffer.concat([start, message])
  return repository.gitWithInput(['hash-object', '-t', 'commit', '-w', '--literally', '--stdin'], bytes)
}

/** Takes one file out of the objects of a mirror, which git keeps loose where it fetched few. */
async function loseFile(mirror: string, name: string): Promise<void> {
  const environment = { cwd: mirror, env: { PATH: process.env['PATH'] ?? '' } }
  const blob = (await child('git', ['rev-parse', name], environment)).stdout.toString().trim()
  await rm(join(mirror, 'objects', blob.slice(0, 2), blob.slice(2)))
}

describe('messages', () => {
  test.each([
    ['Latin-1 with a header', 'encoding ISO-8859-1\n', Buffer.from('schn\xE4ller', 'latin1'), 'schnäller'],
    ['Latin-1 without one', '', Buffer.from('schn\xE4ller', 'latin1'), 'schn\uFFFDller'],
    ['an unknown encoding', 'encoding klingon\n', Buffer.from('faster'), 'faster'],
    ['NUL', '', Buffer.from('fast\0er\n\nbody'), 'fast\0er\n\nbody'],
    ['UTF-16 without a header', '', Buffer.from('fast', 'utf16le'), 'f\0a\0s\0t\0'],
    ['2 MB', '', Buffer.from('x'.repeat(2_000_000)), 'x'.repeat(2_000_000)],
    ['nothing', '', Buffer.from(''), ''],
  ])('of %s', async (_, headers, message, text) => {
    const repository = await newRepository()
    const hash = await rawCommit(repository, headers, message)
    await repository.git('update-ref', 'refs/heads/main', hash)
    const history = await historyOf(repository)
    expect((await history.tip(undefined)).hash).toBe(hash)
    expect((await history.facts([hash])).get(hash)?.message).toBe(text)
  })

  test('of a commit without a readable date are left to nobody', async () => {
    const repository = await newRepository()
    const tree = await repository.git('mktree')
    const bytes = `tree ${tree}\nauthor a <> x\ncommitter a <> x\n\nfaster`
    const hash = await repository.gitWithInput(['hash-object', '-t', 'commit', '-w', '--literally', '--stdin'], bytes)
    await repository.git('update-ref', 'refs/heads/main', hash)
    const history = await historyOf(repository)
    expect(await history.walk(hash, undefined, false)).toEqual({ commits: [], undated: [hash] })
    expect((await history.facts([hash])).size).toBe(0)
  })
})

describe('a walk', () => {
  test('goes on where the last one ended, along all parents or the first ones', async () => {
    const repository = await newRepository()
    const first = await repository.commit({ files: { 'a.py': 'a\n' } })
    const side = await repository.commit({ files: { 'b.py': 'b\n' }, reference: 'refs/heads/side' })
    const main = await repository.commit({ files: { 'a.py': 'c\n' }, parents: [first] })
    const merge = await repository.commit({ files: { 'b.py': 'b\n' }, parents: [main, side] })
    const history = await historyOf(repository)
    const hashes = async (without: string | undefined, firstParentOnly: boolean) =>
      (await history.walk(merge, without, firstParentOnly)).commits.map(({ hash }) => hash)
    expect((await hashes(first, false)).toSorted()).toEqual([main, merge, side].toSorted())
    expect(await hashes(undefined, true)).toEqual([merge, main, first])
    expect(await history.isAncestor(side, merge)).toBe(true)
    expect(await history.isAncestor(side, main)).toBe(false)
    expect(await history.isAncestor('f'.repeat(40), main)).toBe(false)
  })

  test('takes the branch that the source calls its HEAD, a named one, and a tag where it is now', async () => {
    const repository = await newRepository()
    const first = await repository.commit({ files: { 'a.py': '1\n' }, reference: 'refs/heads/trunk' })
    const second = await repository.commit({ files: { 'a.py': '2\n' }, reference: 'refs/heads/next' })
    await repository.git('symbolic-ref', 'HEAD', 'refs/heads/trunk')
    await repository.git('update-ref', 'refs/tags/v1', first)
    const history = await historyOf(repository)
    expect(await history.tip(undefined)).toEqual({ name: 'trunk', hash: first })
    expect(await history.tip('next')).toEqual({ name: 'next', hash: second })
    expect(await history.revision('v1')).toBe(first)
    await repository.git('update-ref', 'refs/tags/v1', second)
    await history.tip(undefined)
    expect(await history.revision('v1')).toBe(second)
    expect(await history.revision(second.slice(0, 8))).toBe(second)
    const error = await failure(history.tip('gone'))
    expect(error.message).toMatch(/^no such branch, url: .*: gone$/)
    expect(error.hint).toBe('name one as `branch` in mining.yaml: next, trunk')
  })

  test.each(['--output=/tmp/x', 'HEAD', 'main..side', 'main^{tree}', ':/x', '@{u}', 'a b', ''])(
    'knows no revision: %s',
    async (name) => {
      const repository = await newRepository()
      await repository.commit({ files: { 'a.py': '1\n' } })
      expect(await (await historyOf(repository)).revision(name)).toBeNull()
    },
  )

  test('of a bundle begins at its HEAD', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.py': '1\n' } })
    const side = await repository.commit({ files: { 'a.py': '2\n' }, reference: 'refs/heads/side' })
    const options = await mirrorOptions({ bundle: 'text.bundle' })
    await repository.git('symbolic-ref', 'HEAD', 'refs/heads/side')
    await repository.git('bundle', 'create', '--quiet', join(options.directory, 'text.bundle'), 'HEAD', 'main')
    expect((await (await openHistory(options)).tip(undefined)).hash).toBe(side)
  })
})

describe('changes', () => {
  test('come with their blobs, past hostile attributes, links and submodules', async () => {
    const repository = await newRepository()
    const base = await repository.commit({ files: { 'a.py': 'a = 1\n', 'b.py': 'b = 1\nb = 2\nb = 3\n' } })
    const head = await repository.commit({
      files: {
        '.gitattributes': '* binary diff=evil filter=evil working-tree-encoding=UTF-16 export-ignore\n',
        '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% /tmp/isobench-fired\n',
        'a.py': 'a = 2\n',
        'b.py': null,
        'c.py': 'b = 1\nb = 2\nb = 3\n',
        link: { link: '/etc/passwd' },
        x: { submodule: 'e'.repeat(40) },
      },
    })
    const history = await historyOf(repository)
    const changes = (await history.changes([{ hash: head, base }])).get(head)!
    const texts = await history.texts(
      changes.flatMap(({ headBlob }) => headBlob ?? []),
      1000,
    )
    expect(
      changes.map(({ path, change, linesAdded, baseBlob, headBlob }) => [
        path,
        change,
        linesAdded,
        baseBlob !== null,
        headBlob === null ? null : texts.get(headBlob)!.slice(0, 6),
      ]),
    ).toEqual([
      ['.gitattributes', 'added', 1, false, '* bina'],
      ['.gitmodules', 'added', 3, false, '[submo'],
      ['a.py', 'modified', 1, true, 'a = 2\n'],
      ['c.py', 'renamed', 0, true, 'b = 1\n'],
      ['link', 'added', 1, false, null],
      ['x', 'submodule', 1, false, null],
    ])
    expect((await history.texts([changes[0]!.headBlob!], 5)).size).toBe(0)
  })

  test('that the mirror has not all of are told apart from the others', async () => {
    const repository = await newRepository()
    const hashes: string[] = []
    for (const text of ['1\n', '2\n', '3\n', '4\n']) hashes.push(await repository.commit({ files: { 'a.py': text } }))
    const options = await mirrorOptions({ url: (await served(repository)).url })
    const history = await openHistory(options)
    await loseFile(await mirrorBelow(options.storeDirectory), `${hashes[1]}:a.py`)
    const pairs = hashes.slice(1).map((hash, index) => ({ hash, base: hashes[index]! }))
    const changes = await history.changes(pairs)
    expect(pairs.map(({ hash }) => changes.get(hash)?.length ?? null)).toEqual([null, null, 1])
  })
})

describe('a source', () => {
  test('that is a shallow clone ends where it ends', async () => {
    const repository = await newRepository()
    for (const text of ['1\n', '2\n', '3\n']) await repository.commit({ files: { 'a.py': text } })
    const folder = join(await temporaryFolder(), 'shallow.git')
    await child('git', ['clone', '--quiet', '--bare', '--depth=2', `file://${repository.directory}`, folder], {
      env: { PATH: process.env['PATH'] ?? '' },
    })
    const history = await historyOf({ ...repository, directory: folder })
    const { hash } = await history.tip(undefined)
    const { commits } = await history.walk(hash, undefined, false)
    const facts = await history.facts(commits.map((commit) => commit.hash))
    // What the object says and what is there differ for the last one: it has no base that could be read.
    expect(commits.map((commit) => [commit.parents.length, facts.get(commit.hash)!.parents.length])).toEqual([
      [1, 1],
      [0, 1],
    ])
  })

  test('that is a partial clone whose origin is gone cannot be read', async () => {
    const repository = await newRepository()
    await repository.git('config', 'uploadpack.allowFilter', 'true')
    for (const text of ['1\n', '2\n']) await repository.commit({ files: { 'a.py': text } })
    const folder = join(await temporaryFolder(), 'partial.git')
    await child('git', ['clone', '--quiet', '--bare', '--filter=blob:none', `file://${repository.directory}`, folder], {
      env: { PATH: process.env['PATH'] ?? '' },
    })
    await repository.remove()
    const error = await failure(historyOf({ ...repository, directory: folder }))
    expect(error.code).toBe('repository-unreachable')
    expect(error.message).toMatch(/^cannot read the repository, url: /)
  })

  test('that is empty has no commit', async () => {
    const history = await historyOf(await newRepository())
    const error = await failure(history.tip(undefined))
    expect(error.format()).toMatch(/^error: the repository has no commit, url: /)
  })

  test('that has gone away is an error, and the mirror stays', async () => {
    const repository = await newRepository()
    const hash = await repository.commit({ files: { 'a.py': '1\n' } })
    const server = await served(repository)
    const history = await openHistory(await mirrorOptions({ url: server.url }))
    await server.close()
    expect((await failure(history.tip(undefined))).code).toBe('repository-unreachable')
    expect(await history.revision(hash)).toBe(hash)
  })

  test('with hostile settings and hooks fires none of them', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.py': '1\n' } })
    const marker = join(await temporaryFolder(), 'fired')
    for (const key of ['core.fsmonitor', 'diff.external', 'core.sshCommand', 'core.pager', 'diff.evil.textconv']) {
      await repository.git('config', key, `touch ${marker}`)
    }
    await writeFile(join(repository.directory, 'hooks/post-checkout'), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 })
    const history = await historyOf(repository)
    const { hash } = await history.tip(undefined)
    await history.walk(hash, undefined, false)
    await expect(readFile(marker)).rejects.toThrow('ENOENT')
  })
})
