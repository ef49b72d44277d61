import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openMirror } from '../../../plugins/isobench/src/adapters/git.ts'
import { cleanEnvironment } from '../../../plugins/isobench/src/adapters/process.ts'
import { child } from '../../support/child.ts'
import { failure, mirrorOptions, newRepository, served } from '../../support/git-fixture.ts'

describe('a URL', () => {
  test('is fetched again only when a commit is missing', async () => {
    const repository = await newRepository()
    const first = await repository.commit({ files: { 'a.py': 'a = 1\n' } })
    const server = await served(repository)
    const options = await mirrorOptions({ url: server.url })
    const git = await openMirror(options)
    const requests = server.requests.length
    expect(await git.resolve(first)).toBe(first)
    expect(await (await openMirror(options)).resolve(first)).toBe(first)
    expect(server.requests).toHaveLength(requests)
    const second = await repository.commit({ files: { 'a.py': 'a = 2\n' } })
    expect(await git.resolve(second)).toBe(second)
    expect(server.requests.length).toBeGreaterThan(requests)
  })

  test('gives out a commit on no branch by its hash', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.py': 'a = 1\n' } })
    const git = await openMirror(await mirrorOptions({ url: (await served(repository)).url }))
    const hidden = await repository.commit({ files: { 'a.py': 'a = 2\n' }, reference: 'refs/pull/7/head' })
    expect(await git.resolve(hidden)).toBe(hidden)
    expect((await failure(git.resolve('f'.repeat(40)))).code).toBe('commit-not-found')
  })

  test('may have a branch in the way of one that is gone', async () => {
    const repository = await newRepository()
    await repository.commit({ files: { 'a.py': '' }, reference: 'refs/heads/a' })
    const git = await openMirror(await mirrorOptions({ url: (await served(repository)).url }))
    await repository.git('update-ref', '-d', 'refs/heads/a')
    const next = await repository.commit({ files: { 'a.py': 'b\n' }, reference: 'refs/heads/a/b' })
    expect(await git.resolve(next)).toBe(next)
  })

  test('that has gone away is an error for a missing commit only', async () => {
    const repository = await newRepository()
    const hash = await repository.commit({ files: { 'a.py': '' } })
    const server = await served(repository)
    const git = await openMirror(await mirrorOptions({ url: server.url }))
    await server.close()
    expect(await git.resolve(hash)).toBe(hash)
    expect((await failure(git.resolve('f'.repeat(40)))).code).toBe('repository-unreachable')
  })

  test('that cannot be reached is an error that keeps its password to itself', async () => {
    const lines: string[] = []
    const options = await mirrorOptions({ url: 'http://user:secret@127.0.0.1:1/text.git' }, lines)
    const error = await failure(openMirror(options))
    expect(error.code).toBe('repository-unreachable')
    expect(error.message).toMatch(/^cannot read the repository, url: http:\/\/127\.0\.0\.1:1\/text\.git: fatal: /)
    expect(lines).toEqual(['copying the repository, url: http://127.0.0.1:1/text.git'])
    expect(`${error.format()}${error.message}`).not.toContain('secret')
    expect(await readdir(join(options.storeDirectory, 'mirrors'))).toEqual([])
  })

  test('may be opened by several processes and callers at once', async () => {
    const repository = await newRepository()
    const hash = await repository.commit({ files: { 'a.py': 'a = 1\n' } })
    const options = await mirrorOptions({ url: (await served(repository)).url })
    const script = join(options.directory, 'open.ts')
    const module = join(import.meta.dirname, '../../../plugins/isobench/src/adapters/git.ts')
    await writeFile(
      script,
      `import { openMirror } from ${JSON.stringify(module)}
       const options = { ...${JSON.stringify(options)}, log() {} }
       const opened = await Promise.all([openMirror(options), openMirror(options)])
       console.log(await opened[1].resolve('${hash}'))`,
    )
    const results = await Promise.all(
      [1, 2, 3].map(() => child(process.execPath, [script], { env: cleanEnvironment() })),
    )
    expect(results.map(({ stdout, stderr }) => `${stdout.toString()}${stderr}`)).toEqual(Array(3).fill(`${hash}\n`))
    const folders = await readdir(join(options.storeDirectory, 'mirrors'))
    expect(folders).toEqual([expect.stringMatching(/^text-[0-9a-f]{12}\.git$/)])
  })
})

describe('a bundle', () => {
  test('that changed is another mirror', async () => {
    const repository = await newRepository()
    const old = await repository.commit({ files: { 'a.py': 'a = 1\n' } })
    const options = await mirrorOptions({ bundle: 'text.bundle' })
    await repository.bundle(join(options.directory, 'text.bundle'))
    expect(await (await openMirror(options)).resolve(old)).toBe(old)
    const rewritten = await repository.commit({ files: { 'a.py': 'a = 3\n' }, parents: [] })
    await repository.bundle(join(options.directory, 'text.bundle'))
    const git = await openMirror(options)
    expect(await git.resolve(rewritten)).toBe(rewritten)
    expect((await failure(git.resolve(old))).code).toBe('commit-not-found')
  })

  test('may name its commits by anything', async () => {
    const repository = await newRepository()
    const hash = await repository.commit({ files: { 'a.py': '' } })
    const options = await mirrorOptions({ bundle: 'text.bundle' })
    await repository.git('bundle', 'create', '--quiet', join(options.directory, 'text.bundle'), 'HEAD')
    expect(await (await openMirror(options)).resolve(hash)).toBe(hash)
  })

  test('cannot put another commit in the place of one', async () => {
    const repository = await newRepository()
    const hash = await repository.commit({ files: { 'a.py': 'a = 1\n' }, message: 'true', reference: 'refs/heads/a' })
    const other = await repository.commit({ files: { 'a.py': 'a = 2\n' }, message: 'false', parents: [] })
    await repository.git('replace', hash, other)
    const options = await mirrorOptions({ bundle: 'text.bundle' })
    const path = join(options.directory, 'text.bundle')
    await repository.git('--no-replace-objects', 'bundle', 'create', '--quiet', path, '--all')
    expect((await (await openMirror(options)).commit(hash)).message).toBe('true')
  })

  test.each([
    ['missing.bundle', 'ENOENT'],
    ['broken.bundle', 'does not look like a v2 or v3 bundle file'],
  ])('that cannot be read is an error: %s', async (bundle, reason) => {
    const options = await mirrorOptions({ bundle })
    await writeFile(join(options.directory, 'broken.bundle'), 'no bundle')
    const error = await failure(openMirror(options))
    expect(error.code).toBe('repository-unreachable')
    expect(error.message).toContain(`cannot read the repository, bundle: ${bundle}: `)
    expect(error.message).toContain(reason)
  })
})

test('a name that would leave the store is refused', async () => {
  const options = await mirrorOptions({ bundle: 'x' })
  expect((await failure(openMirror({ ...options, name: '../x' }))).message).toBe('not a repository name: ../x')
})

describe('hostility', () => {
  test('settings, hooks, attributes and the environment of the caller never run anything', async () => {
    const repository = await newRepository()
    const attributes = '* diff=evil filter=evil\n'
    const modules = '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c evil\n\tignore = all\n'
    const files = { '.gitattributes': attributes, '.gitmodules': modules }
    const base = await repository.commit({ files: { ...files, 'a.py': 'a = 1\n', x: { submodule: 'a'.repeat(40) } } })
    const head = await repository.commit({ files: { 'a.py': 'a = 2\n', x: { submodule: 'b'.repeat(40) } } })
    const options = await mirrorOptions({ url: (await served(repository)).url })
    const { marker, environment } = await ambush(options.directory)
    const before = { ...process.env }
    Object.assign(process.env, environment)
    try {
      const git = await openMirror(options)
      expect(await git.resolve(head)).toBe(head)
      const changes = await git.changes(base, head)
      expect(changes.map(({ path, change }) => `${change} ${path}`)).toEqual(['modified a.py', 'submodule x'])
      expect(await git.patch(base, head)).toContain('-a = 1\n+a = 2\n')
      expect(await git.file(head, 'a.py')).toEqual(Buffer.from('a = 2\n'))
      await git.exportTree(head, join(options.directory, 'tree'))
      expect(await readFile(join(options.directory, 'tree', 'a.py'), 'utf8')).toBe('a = 2\n')
    } finally {
      for (const name of Object.keys(environment)) delete process.env[name]
      Object.assign(process.env, before)
    }
    await expect(readFile(marker, 'utf8')).rejects.toThrow('ENOENT')
    // The same settings do fire where git is called without care.
    const env = { ...cleanEnvironment(), ...environment, GIT_DIR: repository.directory }
    await child('git', ['diff', base, head], { env })
    expect(await readFile(marker, 'utf8')).toContain('hostile.sh')
  })
})

/** Settings and hooks in `folder` that write to `marker` when git runs them, and an environment that names them. */
async function ambush(folder: string) {
  const marker = join(folder, 'fired')
  const hostile = join(folder, 'hostile.sh')
  await writeFile(hostile, `#!/bin/sh\necho "$0 $*" >> ${marker}\n`, { mode: 0o755 })
  for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change']) {
    await writeFile(join(folder, hook), `#!/bin/sh\necho ${hook} >> ${marker}\n`, { mode: 0o755 })
  }
  const sections = {
    core: { fsmonitor: hostile, hooksPath: folder, sshCommand: hostile, pager: hostile },
    diff: { external: hostile },
    'diff "evil"': { textconv: hostile, command: hostile },
    'filter "evil"': { smudge: hostile, clean: hostile, required: 'true' },
    'tar "tar"': { command: hostile },
    credential: { helper: hostile },
  }
  const configuration = Object.entries(sections).map(
    ([section, values]) =>
      `[${section}]\n${Object.entries(values)
        .map(([key, value]) => `\t${key} = ${value}\n`)
        .join('')}`,
  )
  await writeFile(join(folder, '.gitconfig'), configuration.join(''))
  const environment: Record<string, string> = {
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    GIT_DIR: '/nowhere',
    GIT_CONFIG_GLOBAL: join(folder, '.gitconfig'),
    GIT_CONFIG_PARAMETERS: `'core.fsmonitor=${hostile}'`,
    GIT_EXTERNAL_DIFF: hostile,
    GIT_ASKPASS: hostile,
    GIT_PAGER: hostile,
  }
  return { marker, environment }
}
