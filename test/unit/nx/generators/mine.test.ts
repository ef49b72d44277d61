import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseSettings } from '../../../../plugins/isobench/src/domain/settings.ts'
import { type MineOptions, mineCommits } from '../../../../plugins/isobench/src/nx/generators/mine.ts'
import { Commit } from '../../../../plugins/isobench/src/schema/commit.ts'
import { Evidence } from '../../../../plugins/isobench/src/schema/evidence.ts'
import { failure, newRepository, served } from '../../../support/git-fixture.ts'
import type { GitServer } from '../../../support/git-server.ts'
import { type GeneratorTree, createGeneratorTree } from '../../../support/generator-tree.ts'
import type { CommitOptions, TestRepository } from '../../../support/repository.ts'

let workspace: GeneratorTree
let repository: TestRepository
let server: GitServer
let made: number

beforeEach(async () => {
  workspace = await createGeneratorTree()
  repository = await newRepository()
  server = await served(repository)
  made = 0
  const settings = `url: ${server.url}\npackage: { name: demo, import: demo }\nwheels: [{ kind: build }]\n`
  workspace.tree.write('commits/local/repository.yaml', settings)
  await make('Start', { 'demo/a.py': 'a = 1\n', 'demo/k.cu': 'int a;\n' }, { parents: [] })
})

afterEach(() => workspace.remove())

/** A commit, one day after the one before. */
function make(message: string, files: CommitOptions['files'] = {}, more: Partial<CommitOptions> = {}) {
  const date = new Date(Date.UTC(2024, 0, 1 + made++)).toISOString().replace('.000', '')
  return repository.commit({ message: `${message}\n`, files: files, date, ...more })
}

/** A commit that changes code. */
function change(message: string, more: Partial<CommitOptions> = {}) {
  return make(message, { 'demo/a.py': `a = ${made + 10}\n` }, more)
}

/** What the generator said, less what it says of every run. */
async function run(options: Partial<MineOptions> = {}): Promise<string> {
  workspace.lines.length = 0
  const callback = await mineCommits(workspace.tree, { repository: 'local', ...options }, workspace.log)
  await callback()
  const told = workspace.lines.filter((line) => !/^(copying|fetching|what decided)/.test(line))
  return told
    .join('\n')
    .replaceAll(/ {2,}/g, ' ')
    .replaceAll(/ \d{4}-\d{2}-\d{2} score/g, ' DATE score')
}

function folders(): string[] {
  return workspace.tree.children('commits/local').filter((name) => /^[0-9a-f]{8,}$/.test(name))
}

function read(path: string): string {
  return workspace.tree.read(`commits/local/${path}`, 'utf8')!
}

describe('mine', () => {
  it('proposes what passes the filters, and says what took the others', async () => {
    const faster = await change('Speed up parsing (#7)')
    await change('Rename a variable')
    await make('Make the docs build faster', { 'docs/index.rst': 'x\n' })
    await make('Speed up the first line', { 'demo/a.py': '# quick\na = 12\n' })
    await make('Optimize the kernel', { 'demo/k.cu': '// quick\nint  a;\n' })
    await make('Faster tests of the parser', { 'tests/test_a.py': 'x = 1\n' })
    await change('Revert "Speed up parsing (#7)"', {})
    const text = await run()
    const rewritten = await make('Speed up the first line for real', { 'demo/a.py': 'a = 99\n' })
    expect(text).toBe(`looked at 8
- root 1 no parent
- revert 1 takes another commit back
- message 2 score below \`threshold\`
- not-a-candidate 1 documentation, tests or CI only, or other hardware
- same-code 2 comments, docstrings and layout only
proposed 1
local-${faster.slice(0, 8)} DATE score 3 Speed up parsing (#7)`)
    expect(parseSettings(Commit, read(`${faster.slice(0, 8)}/commit.yaml`), 'commit.yaml')).toEqual({
      head: faster,
      claim: 'Speed up parsing (#7)',
    })
    expect(parseSettings(Evidence, read(`${faster.slice(0, 8)}/evidence.yaml`), 'evidence.yaml')).toMatchObject({
      subject: 'Speed up parsing (#7)',
      author_date: '2024-01-02T00:00:00Z',
      score: 3,
      matched: [{ in: 'subject', weight: 3, text: 'Speed up' }],
      files: { source: 1 },
      lines: { added: 1, removed: 1 },
      changed: ['demo/a.py'],
    })
    expect(await run()).toContain(`local-${rewritten.slice(0, 8)}`)
    expect(folders()).toHaveLength(2)
  })

  it('run again adds only what is new, and touches nothing that is there', async () => {
    const first = await change('Optimize reading')
    await run()
    const file = `${first.slice(0, 8)}/commit.yaml`
    workspace.tree.write(`commits/local/${file}`, `# reviewed\n${read(file)}notes: kept\n`)
    expect(await run()).toBe('looked at 0\nproposed 0')
    expect(await run({ since: 'all' })).toContain('- already-there 1 commits/ has it')
    const second = await change('Optimize writing')
    expect(await run()).toMatch(new RegExp(`^looked at 1\nproposed 1\nlocal-${second.slice(0, 8)} `))
    expect(read(file)).toMatch(/^# reviewed\n/)
    expect(read('mined.yaml')).toContain(`until: '${second}'`)
  })

  it('does not propose again what a person rejected, or what only has another hash now', async () => {
    const rejected = await change('Optimize reading')
    await run()
    workspace.tree.delete(`commits/local/${rejected.slice(0, 8)}`)
    workspace.tree.write('commits/local/mining.yaml', `rejected: [{ commit: '${rejected}', reason: too small }]\n`)
    expect(await run({ since: 'all' })).toContain('- rejected 1 `rejected` of mining.yaml')
    expect(folders()).toEqual([])
  })

  it('goes on by dates after a rewritten history, and knows the same changes again', async () => {
    const [root] = (await repository.git('rev-list', '--max-parents=0', 'main')).split('\n')
    const old = await change('Optimize reading')
    await run()
    const again = await change('Optimize reading', { parents: [root!], date: '2024-01-02T00:00:00Z' })
    const added = await change('Optimize writing')
    const text = await run()
    expect(text).toContain(
      `the history was rewritten: ${old} is no ancestor of ${added} any more; looking at what is dated 2024-01-02`,
    )
    expect(again).not.toBe(old)
    expect(text).toContain('- already-proposed 1 the same change under another hash')
    expect(folders().toSorted()).toEqual([old.slice(0, 8), added.slice(0, 8)].toSorted())
    expect(read('mined.yaml')).toContain(added)
  })

  it('keeps to dates, revisions and the limit', async () => {
    const hashes = [await change('Optimize one'), await change('Optimize two'), await change('Optimize three')]
    await repository.git('update-ref', 'refs/tags/v1', hashes[0]!)
    expect(await run({ since: '2024-01-03', until: '2024-01-03' })).toContain('looked at 1\nproposed 1\n')
    expect(folders()).toEqual([hashes[1]!.slice(0, 8)])
    expect(workspace.tree.exists('commits/local/mined.yaml')).toBe(false)
    const limited = await run({ limit: 1 })
    expect(limited).toContain('the limit left commits that were not looked at; another run goes on with them')
    expect(folders()).toContain(hashes[2]!.slice(0, 8))
    expect(workspace.tree.exists('commits/local/mined.yaml')).toBe(false)
    expect(await run({ since: 'v1' })).toContain('looked at 2\n- already-there 2')
    const error = await failure(run({ since: 'v2' }))
    expect(error.message).toBe('no such date, hash, tag or branch at `--since`: v2')
  })

  it('needs nobody for a range that is there, and says when the repository is gone', async () => {
    const hash = await change('Optimize reading')
    await run({ since: 'all' })
    await server.close()
    workspace.tree.delete(`commits/local/${hash.slice(0, 8)}`)
    expect(await run({ since: 'all', until: hash })).toContain(`local-${hash.slice(0, 8)}`)
    const marker = read('mined.yaml')
    const error = await failure(run())
    expect(error.code).toBe('repository-unreachable')
    expect(read('mined.yaml')).toBe(marker)
  })

  it('names a folder by more digits where another commit has the first eight', async () => {
    const hash = await change('Optimize reading')
    const other = `${hash.slice(0, 8)}${'0'.repeat(32)}`
    workspace.tree.write(`commits/local/${hash.slice(0, 8)}/commit.yaml`, `head: '${other}'\n`)
    await run()
    expect(folders().toSorted()).toEqual([hash.slice(0, 8), hash.slice(0, 12)])
  })

  it('writes nothing that it would not read, whatever the message', async () => {
    const start = await repository.git('rev-parse', 'main')
    const message = Buffer.concat([
      Buffer.from('Optimize: "x" # [\'\u001B[31m\u0000'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`${'é'.repeat(5000)}\n\n${'faster '.repeat(50_000)}`),
    ])
    const tree = await repository.git('rev-parse', 'main^{tree}')
    const blob = await repository.gitWithInput(['hash-object', '-w', '--stdin'], 'a = 5\n')
    const inner = await repository.gitWithInput(['mktree'], `100644 blob ${blob}\ta.py\n`)
    const outer = await repository.gitWithInput(['mktree'], `040000 tree ${inner}\tdemo\n`)
    expect(outer).not.toBe(tree)
    const person = 'Ada <ada@example.org> 1704153600 +0000'
    const bytes = Buffer.concat([
      Buffer.from(`tree ${outer}\nparent ${start}\nauthor ${person}\ncommitter ${person}\n\n`),
      message,
    ])
    const hash = await repository.gitWithInput(['hash-object', '-t', 'commit', '-w', '--literally', '--stdin'], bytes)
    await repository.git('update-ref', 'refs/heads/main', hash)
    await run()
    const evidence = parseSettings(Evidence, read(`${hash.slice(0, 8)}/evidence.yaml`), 'evidence.yaml')
    expect(evidence.subject.startsWith('Optimize: "x" # [\' [31m ??é')).toBe(true)
    expect(evidence.subject.length).toBeLessThanOrEqual(500)
  })

  it('keeps what decided of each commit in the store', async () => {
    await change('Optimize reading')
    await change('Rename')
    await run()
    const text = await readFile(join(workspace.directory, '.isobench/mining/local.jsonl'), 'utf8')
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .map(({ subject, dropped, detail }) => [subject, dropped, detail]),
    ).toEqual([
      ['Rename', 'message', 'score -2 of 2: -2 Rename'],
      ['Optimize reading', null, 'score 3'],
      ['Start', 'root', 'no parent'],
    ])
  })

  it('says that a commit was taken back later', async () => {
    const hash = await change('Optimize reading')
    const back = await change(`Revert "Optimize reading"\n\nThis reverts commit ${hash}.`)
    await run()
    expect(parseSettings(Evidence, read(`${hash.slice(0, 8)}/evidence.yaml`), 'e').reverted_by).toBe(back)
  })

  it('says when the filters have changed since the last run', async () => {
    await run()
    workspace.tree.write('commits/local/mining.yaml', 'threshold: 3\n')
    expect(await run()).toMatch(
      /^the filters have changed since the last run: `--since all` looks at everything again\n/,
    )
  })
})
