import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../plugins/isobench/src/domain/canonical-json.ts'
import { Commit } from '../../../plugins/isobench/src/schema/commit.ts'
import { analyze } from '../../../plugins/isobench/src/stages/analyze.ts'
import { analyzed, analyzedSecond, noGit, textRepository, wordsAfter, wordsBefore } from '../../support/analyses.ts'
import { bundled, failure, newRepository } from '../../support/git-fixture.ts'
import type { CommitOptions } from '../../support/repository.ts'

describe('an ordinary commit', () => {
  test('is analyzed whole', async () => {
    const message = 'Split faster\n\nTwice is too often.\n'
    const date = '2024-11-28T09:01:02-08:00'
    expect(await analyzedSecond({ files: { 'text/words.py': wordsAfter, 'README.md': 'Fast\n' }, message, date }))
      .toMatchInlineSnapshot(`
      {
        "affected_apis": [
          "text.words.words",
        ],
        "author_date": "2024-11-28T17:01:02Z",
        "base_commit": "e2bc612c4e561de13cf066cf8f4549e625479ab4",
        "change_class": "runtime",
        "commit_date": "2024-11-28T17:01:02Z",
        "files": [
          {
            "change": "added",
            "lines_added": 1,
            "lines_removed": 0,
            "old_path": null,
            "path": "README.md",
            "role": "documentation",
          },
          {
            "change": "modified",
            "lines_added": 2,
            "lines_removed": 1,
            "old_path": null,
            "path": "text/words.py",
            "role": "source",
          },
        ],
        "flags": [],
        "functions": [
          {
            "module": "text.words",
            "name": "words",
            "path": "text/words.py",
            "sides": [
              "base",
              "head",
            ],
          },
        ],
        "head_commit": "c3b7c6ee7e600f5192cfba116de0209156bb1fe2",
        "hunks": [
          {
            "header": "@@ -1,2 +1,3 @@",
            "path": "text/words.py",
            "rank": 6000003,
            "text": " def words(text):
      -    return text.split()
      +    # once is enough
      +    return text.split(None)",
          },
        ],
        "message": "Split faster

      Twice is too often.",
        "native_changed": false,
        "outcome": {
          "message": null,
          "reason": null,
          "side": null,
          "status": "ok",
        },
        "repository": "text",
        "schema_version": 1,
        "source": "git",
        "subject": "Split faster",
      }
    `)
  })

  test('gives equal bytes for equal commits, whatever the machine', async () => {
    const one = await analyzedSecond({ files: { 'text/words.py': wordsAfter } })
    const two = await analyzedSecond({ files: { 'text/words.py': wordsAfter } })
    expect(canonicalJson(two)).toBe(canonicalJson(one))
  })

  test('is compared with the base that commit.yaml names', async () => {
    const made = await newRepository()
    const first = await made.commit({ files: { 'text/a.py': 'a = 1\n' } })
    await made.commit({ files: { 'text/a.py': 'a = 2\n' } })
    const head = await made.commit({ files: { 'text/b.py': 'b = 1\n' } })
    const git = await bundled(made)
    expect((await analyzed(git, { head })).files.map(({ path }) => path)).toEqual(['text/b.py'])
    const wide = await analyzed(git, { head, base: first })
    expect(wide).toMatchObject({ base_commit: first, files: [{ path: 'text/a.py' }, { path: 'text/b.py' }] })
  })
})

describe('what is no candidate', () => {
  test('a root commit has no base', async () => {
    const made = await newRepository()
    const head = await made.commit({ files: { 'text/words.py': wordsBefore }, message: 'Start' })
    const git = await bundled(made)
    expect(await analyzed(git, { head })).toMatchObject({
      outcome: { status: 'failed', reason: 'no-base' },
      base_commit: null,
      subject: 'Start',
      flags: ['root'],
      files: [],
    })
  })

  test('a merge is compared with its first parent', async () => {
    const made = await newRepository()
    const base = await made.commit({ files: { 'text/words.py': wordsBefore } })
    const side = await made.commit({ files: { 'text/b.py': 'b = 1\n' }, reference: null })
    const main = await made.commit({ files: { 'text/c.py': 'c = 1\n' }, parents: [base] })
    const head = await made.commit({ files: { 'text/b.py': 'b = 1\n' }, parents: [main, side] })
    expect(await analyzed(await bundled(made), { head })).toMatchObject({
      outcome: { status: 'failed', reason: 'not-a-candidate', message: 'no performance change to measure: merge' },
      base_commit: main,
      files: [{ path: 'text/b.py' }],
    })
  })

  test.each<[string, CommitOptions]>([
    ['empty', {}],
    ['docs-only', { files: { 'docs/a.md': 'a\n' } }],
    ['tests-only', { files: { 'tests/test_words.py': 'a\n' } }],
    ['ci-only', { files: { '.github/workflows/a.yml': 'a\n' } }],
    ['revert', { files: { 'text/words.py': wordsAfter }, message: 'Revert "Split faster"' }],
  ])('%s', async (flag, options) => {
    const analysis = await analyzedSecond(options)
    expect(analysis.flags).toEqual([flag])
    expect(analysis.outcome.reason).toBe('not-a-candidate')
  })
})

describe('bad and odd input', () => {
  test('a hash that is not in the repository', async () => {
    const made = await newRepository()
    const head = await made.commit({ files: { 'text/words.py': wordsBefore } })
    const git = await bundled(made)
    const missing = '0123456789'.repeat(4)
    expect((await failure(analyzed(git, { head: missing }))).code).toBe('commit-not-found')
    expect((await failure(analyzed(git, { head, base: missing }))).message).toContain(missing)
  })

  test.each(['8c1e77fb', 'main', 'G'.repeat(40), 'A'.repeat(40), '--output=/tmp/x'])(
    'the settings refuse the head %s',
    (head) => expect(Commit.safeParse({ head }).error?.issues[0]?.message).toContain('full commit hash'),
  )

  test('base and head that are one commit, which needs no git to see', async () => {
    const head = 'a'.repeat(40)
    const error = await failure(analyze({ repository: textRepository, commit: { head, base: head } }, { git: noGit }))
    expect(error.format()).toMatchInlineSnapshot(`
      "error: base and head are the same commit: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

      hint: leave \`base\` out of commit.yaml to compare with the first parent"
    `)
  })

  test('a message of a megabyte is cut', async () => {
    const analysis = await analyzedSecond({ files: { 'text/words.py': wordsAfter }, message: '🚀'.repeat(262_144) })
    expect(analysis.message).toHaveLength(100_000)
    expect(analysis.subject).toHaveLength(500)
    expect(analysis.message.isWellFormed()).toBe(true)
  })

  test('renames, binary files, submodules, and paths and content that are no UTF-8', async () => {
    const body = Array.from({ length: 20 }, (_, index) => `def f${index}():\n    return ${index}\n`).join('\n')
    const raw = Buffer.from('text/caf\xe9.py', 'latin1')
    const made = await newRepository()
    await made.commit({
      files: { 'text/old.py': body, 'logo.png': Buffer.from([0, 1]), sub: { submodule: 'a'.repeat(40) } },
      rawFiles: [{ path: raw, content: wordsBefore }],
    })
    const head = await made.commit({
      files: {
        'text/old.py': null,
        'text/new.py': body.replace('return 7', 'return 77'),
        'logo.png': Buffer.from([0, 2]),
        sub: { submodule: 'b'.repeat(40) },
        'text/latin.py': Buffer.from('def gr\xf6\xdfe():\n    return "\xe9"\n', 'latin1'),
      },
      rawFiles: [{ path: raw, content: wordsAfter }],
    })
    const analysis = await analyzed(await bundled(made), { head })
    expect(analysis.native_changed).toBe(true)
    expect(analysis.files.map((file) => `${file.change} ${file.role} ${file.old_path ?? ''} ${file.path}`))
      .toMatchInlineSnapshot(`
      [
        "modified binary  logo.png",
        "submodule other  sub",
        "modified source  text/caf�.py",
        "added source  text/latin.py",
        "renamed source text/old.py text/new.py",
      ]
    `)
    expect(analysis.functions.map(({ path, name, module, sides }) => `${path} ${module} ${name} ${sides.join('+')}`))
      .toMatchInlineSnapshot(`
      [
        "text/caf�.py null words base+head",
        "text/latin.py text.latin gr head",
        "text/new.py text.new f7 head",
        "text/old.py text.old f7 base",
      ]
    `)
    expect(canonicalJson(analysis).isWellFormed()).toBe(true)
  })

  test('changes of mode, links and CRLF', async () => {
    const analysis = await analyzedSecond(
      {
        files: {
          'text/words.py': { executable: wordsBefore },
          'text/crlf.py': wordsAfter.replaceAll('\n', '\r\n'),
          link: { link: 'text/words.py' },
        },
      },
      { 'text/crlf.py': wordsBefore.replaceAll('\n', '\r\n'), link: 'text' },
    )
    expect(
      analysis.files.map((file) => `${file.change} ${file.path} +${file.lines_added} -${file.lines_removed}`),
    ).toEqual(['type-changed link +1 -1', 'modified text/crlf.py +2 -1', 'modified text/words.py +0 -0'])
    expect(analysis.functions.map(({ name, sides }) => `${name} ${sides.join('+')}`)).toEqual(['words base+head'])
  })
})
