import { readFile, readdir, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openMirror } from '../../../plugins/isobench/src/adapters/git.ts'
import { bundled, failure, mirrorOptions, newRepository, served, temporaryFolder } from '../../support/git-fixture.ts'

describe('resolve', () => {
  test('gives the full hash, of a short one too', async () => {
    const repository = await newRepository()
    const hash = await repository.commit({ files: { 'a.py': 'a = 1\n' } })
    const git = await bundled(repository)
    expect(await git.resolve(hash)).toBe(hash)
    expect(await git.resolve(hash.slice(0, 8))).toBe(hash)
  })

  test('refuses what is no hash', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.py': '' } })
    const git = await bundled(repository)
    for (const commit of ['', 'main', 'HEAD', 'abc', '--output=/tmp/x', 'A'.repeat(40), `${'a'.repeat(40)}^`]) {
      expect((await failure(git.resolve(commit))).message).toBe(`not a commit hash: ${commit}`)
    }
  })

  test('names the source when there is no such commit, or no commit of that hash', async () => {
    const repository = await newRepository()
    const hash = await repository.commit({ files: { 'a.py': '' } })
    await repository.git('tag', '-a', '-m', 'one', 'v1', hash)
    const git = await bundled(repository)
    const error = await failure(git.resolve('0123456789'.repeat(4)))
    expect(error.format()).toMatchInlineSnapshot(`
      "error: no such commit in the repository: 0123456789012345678901234567890123456789

      hint: the repository is that of \`bundle: text.bundle\` in repository.yaml"
    `)
    for (const other of [`${hash}^{tree}`, 'v1']) {
      const object = await repository.git('rev-parse', other)
      expect((await failure(git.resolve(object))).code).toBe('commit-not-found')
    }
  })

  test('says so when a short hash fits several commits', async () => {
    const repository = await newRepository()
    // The two messages were found by trying: their commits share the first seven digits.
    const first = await repository.commit({ message: 'm10159', parents: [], reference: 'refs/heads/first' })
    const second = await repository.commit({ message: 'm10746', parents: [], reference: 'refs/heads/second' })
    const short = first.slice(0, 7)
    expect(second.slice(0, 7)).toBe(short)
    expect((await failure((await bundled(repository)).resolve(short))).message).toBe(
      `more than one commit starts with: ${short}`,
    )
  })
})

describe('reading', () => {
  test('commit facts, in the encoding that the commit names', async () => {
    const repository = await newRepository()
    const date = '2024-11-28T09:01:02-08:00'
    const first = await repository.commit({ files: { a: '1' }, message: 'one\n\nbody\n\n\n', date })
    const second = await repository.commit({ files: { a: '2' }, parents: [first] })
    await repository.git('config', 'i18n.commitEncoding', 'ISO-8859-1')
    const merge = await repository.commit({ message: Buffer.from('gr\xf6\xdfer', 'latin1'), parents: [second, first] })
    const git = await bundled(repository)
    expect(await git.commit(first)).toEqual({
      hash: first,
      tree: await repository.git('rev-parse', `${first}^{tree}`),
      parents: [],
      message: 'one\n\nbody',
      authorDate: '2024-11-28T17:01:02Z',
      commitDate: '2024-11-28T17:01:02Z',
    })
    expect(await git.commit(merge)).toMatchObject({ parents: [second, first], message: 'größer' })
  })

  test.each(['a bundle', 'a URL'])('the tags at a commit, light or annotated, of %s', async (source) => {
    const repository = await newRepository()
    const first = await repository.commit({ files: { 'a.py': '1' } })
    const second = await repository.commit({ files: { 'a.py': '2' } })
    await repository.git('tag', 'v1.0', first)
    await repository.git('tag', '-a', '-m', 'one', 'releases/v1.0.post1', first)
    await repository.git('tag', 'v2.0', second)
    const git =
      source === 'a bundle'
        ? await bundled(repository)
        : await openMirror(await mirrorOptions({ url: (await served(repository)).url }))
    expect(await git.tags(first)).toEqual(['releases/v1.0.post1', 'v1.0'])
    expect(await git.tags(second)).toEqual(['v2.0'])
  })

  test('a tag of a bundle that looks like a hash or a reference means nothing to git', async () => {
    const repository = await newRepository()
    const first = await repository.commit({ files: { 'a.py': '1' } })
    const second = await repository.commit({ files: { 'a.py': '2' } })
    const names = [first, first.slice(0, 8), 'heads/main', 'refs/heads/x', '@', '-dash', 'ünicode', 'a.b']
    for (const name of names) await repository.git('update-ref', `refs/tags/${name}`, second)
    const git = await bundled(repository)
    expect(await git.resolve(first.slice(0, 8))).toBe(first)
    expect(await git.resolve(first)).toBe(first)
    const plain = [first.slice(0, 8), first, 'a.b', 'heads/main', 'refs/heads/x']
    expect(await git.tags(second)).toEqual(plain.toSorted())
  })

  test('renames, binary files, modes, submodules, links and paths that are no UTF-8', async () => {
    const repository = await newRepository()
    const body = Array.from({ length: 20 }, (_, index) => `line_${index} = ${index}\n`).join('')
    const raw = Buffer.from('caf\xe9.py', 'latin1')
    const quoted = 'with space\t"quoted".py'
    const base = await repository.commit({
      files: {
        'old.py': body,
        'mode.sh': 'true\n',
        'gone.py': 'x\n',
        'logo.png': Buffer.from([0, 1, 2]),
        sub: { submodule: 'a'.repeat(40) },
        link: 'text',
        [quoted]: 'a\n',
      },
      rawFiles: [{ path: raw, content: 'x = 1\n' }],
    })
    const head = await repository.commit({
      files: {
        'old.py': null,
        'new.py': `${body}last = 1\n`,
        'mode.sh': { executable: 'true\n' },
        'gone.py': null,
        'logo.png': Buffer.from([0, 1, 3]),
        sub: { submodule: 'b'.repeat(40) },
        link: { link: 'new.py' },
        [quoted]: 'b\n',
        'added.py': Buffer.from('name = "caf\xe9"\n', 'latin1'),
      },
      rawFiles: [{ path: raw, content: 'x = 2\n' }],
    })
    const git = await bundled(repository)
    const changes = (await git.changes(base, head)).map(
      ({ path, oldPath, change, linesAdded, linesRemoved }) =>
        `${change} ${oldPath === null ? '' : `${oldPath} -> `}${path} +${linesAdded} -${linesRemoved}`,
    )
    expect(changes).toEqual([
      'added added.py +1 -0',
      'modified caf\uFFFD.py +1 -1',
      'deleted gone.py +0 -1',
      'type-changed link +1 -1',
      'modified logo.png +null -null',
      'modified mode.sh +0 -0',
      'renamed old.py -> new.py +1 -0',
      'submodule sub +1 -1',
      'modified with space\t"quoted".py +1 -1',
    ])
    const patch = await git.patch(base, head)
    for (const part of ['+name = "caf\uFFFD"', 'rename from old.py', '"a/caf\\351.py"']) expect(patch).toContain(part)
    expect(Buffer.from((await git.file(head, 'added.py'))!).toString('latin1')).toBe('name = "caf\xe9"\n')
    expect(await git.file(head, quoted)).toEqual(Buffer.from('b\n'))
    for (const path of ['gone.py', 'sub', ':(top)added.py', '../added.py', '']) {
      expect(await git.file(head, path)).toBeNull()
    }
  })

  test('only full hashes reach the command line', async () => {
    const repository = await newRepository()
    const head = await repository.commit({ files: { a: '1' } })
    const git = await bundled(repository)
    const hostile = '--output=/tmp/isobench-pwned'
    const attempts = [
      () => git.commit(hostile),
      () => git.changes(hostile, head),
      () => git.patch(head, hostile),
      () => git.file(hostile, 'a'),
      () => git.exportTree(hostile, '/tmp/isobench-pwned'),
    ]
    for (const attempt of attempts) expect((await failure(attempt())).code).toBe('bad-input')
  })
})

describe('exportTree', () => {
  test('writes the files byte for byte, whatever their attributes say', async () => {
    const repository = await newRepository()
    const attributes = [
      '*.py export-subst eol=crlf text',
      'secret.py export-ignore',
      '*.txt ident',
      '*.u16 working-tree-encoding=UTF-16',
    ]
    const files = {
      '.gitattributes': attributes.join('\n'),
      'version.py': 'commit = "$Format:%H$"\n',
      'secret.py': 'here = True\n',
      'id.txt': '$Id$\n',
      'a.u16': 'text\n',
      'ümläut/ f.py': 'a\r\n',
    }
    const hash = await repository.commit({
      files: {
        ...files,
        'run.sh': { executable: 'true\n' },
        'pkg/link.py': { link: '../version.py' },
        sub: { submodule: 'a'.repeat(40) },
      },
    })
    const git = await bundled(repository)
    const directory = join(await temporaryFolder(), 'tree')
    await git.exportTree(hash, directory)
    for (const [path, content] of Object.entries(files)) {
      expect(await readFile(join(directory, path), 'utf8')).toBe(content)
    }
    expect(await readlink(join(directory, 'pkg/link.py'))).toBe('../version.py')
    expect((await stat(join(directory, 'run.sh'))).mode & 0o111).not.toBe(0)
    expect(await readdir(join(directory, 'sub'))).toEqual([])
    expect(await readdir(join(directory, '..'))).toEqual(['tree'])
  })

  test('refuses a symbolic link that leads out, before anything is written', async () => {
    const repository = await newRepository()
    const hash = await repository.commit({ files: { 'pkg/a.py': '', 'pkg/link': { link: '../../etc/passwd' } } })
    const directory = join(await temporaryFolder(), 'tree')
    const error = await failure((await bundled(repository)).exportTree(hash, directory))
    expect(error.message).toBe(`symbolic link leads out of the tree of ${hash}: "pkg/link -> ../../etc/passwd"`)
    await expect(stat(directory)).rejects.toThrow('ENOENT')
  })

  test('refuses a tree that git itself never makes', async () => {
    const repository = await newRepository()
    const blob = await repository.gitWithInput(['hash-object', '-w', '--stdin'], 'x')
    const inner = await repository.gitWithInput(['mktree'], `100644 blob ${blob}\tconfig\n`)
    const bytes = Buffer.concat([Buffer.from('40000 ..\0'), Buffer.from(inner, 'hex')])
    const tree = await repository.gitWithInput(['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], bytes)
    const hash = await repository.git('commit-tree', tree, '-m', 'hostile')
    await repository.git('update-ref', 'refs/heads/main', hash)
    const error = await failure((await bundled(repository)).exportTree(hash, join(await temporaryFolder(), 'tree')))
    expect(error.message).toBe(`path leads out of the tree of ${hash}: "../config"`)
  })
})
