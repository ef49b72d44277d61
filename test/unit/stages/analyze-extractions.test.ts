import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Git, openMirror } from '../../../plugins/isobench/src/adapters/git.ts'
import { canonicalJson } from '../../../plugins/isobench/src/domain/canonical-json.ts'
import { Analysis } from '../../../plugins/isobench/src/schema/analysis.ts'
import type { Commit } from '../../../plugins/isobench/src/schema/commit.ts'
import type { Repository } from '../../../plugins/isobench/src/schema/repository.ts'
import { analyze } from '../../../plugins/isobench/src/stages/analyze.ts'
import { analyzedSecond, noGit, textRepository, wordsAfter, wordsBefore } from '../../support/analyses.ts'
import { bundled, failure, mirrorOptions, newRepository } from '../../support/git-fixture.ts'

const shared = join(import.meta.dirname, '../../../../shared/data')
const present = existsSync(join(shared, 'extractions'))
if (!present) console.log(`skipped: the real extractions are not there: ${join(shared, 'extractions')}`)

const settings: Record<string, Repository> = {
  vllm: {
    url: 'https://github.com/vllm-project/vllm.git',
    package: { name: 'vllm', import: 'vllm' },
    wheels: [{ kind: 'build' }],
  },
  sglang: {
    url: 'https://github.com/sgl-project/sglang.git',
    package: { name: 'sglang', import: 'sglang', root: 'python' },
    wheels: [{ kind: 'build' }],
  },
}

/** The known base of every commit; the extractions of SGLang name none. */
async function knownBases(): Promise<Map<string, string>> {
  const [header = '', ...rows] = (await readFile(join(shared, 'commits.tsv'), 'utf8')).trim().split('\n')
  const columns = header.split('\t')
  const cells = rows.map((row) => row.split('\t'))
  return new Map(cells.map((row) => [row[columns.indexOf('head')]!, row[columns.indexOf('base')]!]))
}

test.runIf(present)('all real extractions give an analysis or a reasoned outcome', async () => {
  const bases = await knownBases()
  const outcomes: string[] = []
  const analyses: Analysis[] = []
  for (const [name, repository] of Object.entries(settings)) {
    for (const file of await readdir(join(shared, 'extractions', name))) {
      const head = file.replace('.json', '')
      const extraction = await readFile(join(shared, 'extractions', name, file), 'utf8')
      const input = { repository: { name, settings: repository }, commit: { head, base: bases.get(head)! }, extraction }
      const analysis = Analysis.parse(await analyze(input, { git: noGit }))
      expect(canonicalJson(await analyze(input, { git: noGit }))).toBe(canonicalJson(analysis))
      outcomes.push(analysis.outcome.status === 'ok' ? `${name}: ok` : `${name}: ${analysis.outcome.message}`)
      analyses.push(analysis)
    }
  }
  const counts = Object.entries(Object.groupBy(outcomes, (outcome) => outcome)).map(
    ([outcome, all]) => `${outcome} ${all!.length}`,
  )
  console.log(`${outcomes.length} real extractions: ${counts.join('; ')}`)
  expect(counts.toSorted()).toMatchInlineSnapshot(`
    [
      "sglang: ok 20",
      "vllm: no performance change to measure: ci-only 1",
      "vllm: no performance change to measure: empty 1",
      "vllm: no performance change to measure: needs-several-devices 1",
      "vllm: ok 17",
    ]
  `)
  // Every candidate has hunks, and all but the change of a build file have functions and public names.
  const candidates = analyses.filter(({ outcome }) => outcome.status === 'ok')
  expect(candidates.filter(({ hunks }) => hunks.length === 0)).toEqual([])
  const without = candidates.filter(({ functions }) => functions.length === 0)
  expect(without.map(({ subject, native_changed }) => [subject, native_changed])).toMatchInlineSnapshot(`
    [
      [
        "[Kernel] Update vllm-flash-attn version to reduce CPU overheads (#10742)",
        true,
      ],
    ]
  `)
  const seed = analyses.find(({ head_commit }) => head_commit.startsWith('98f47f2a'))
  expect(seed).toMatchObject({
    base_commit: '8c1e77fb585c4f42783a3d88c1efc7c9e15fd89f',
    commit_date: '2024-11-28T17:01:02Z',
    files: [{ path: 'vllm/v1/attention/backends/flash_attn.py', lines_added: 9, lines_removed: 8 }],
    functions: [{ name: 'FlashAttentionImpl.forward' }, { name: 'unified_v1_flash_attention' }],
  })
})

describe('an extraction', () => {
  const head = 'a'.repeat(40)
  const base = 'b'.repeat(40)
  const diff = `diff --git a/text/words.py b/text/words.py\n--- a/text/words.py\n+++ b/text/words.py\n@@ -1,2 +1,3 @@\n def words(text):\n-    return text.split()\n+    # once is enough\n+    return text.split(None)\n`
  const extraction = {
    commit_hash: head,
    parent_hash: base,
    message: 'Split faster',
    date: '2024-11-28 09:01:02 -0800',
    files_changed: [{ file_path: 'text/words.py', old_content: wordsBefore, diff, change_type: 'modified' }],
    affected_apis: ['transformers.pipeline'],
  }
  const read = async (value: object, commit: Commit = { head }, git: () => Promise<Git> = noGit) =>
    Analysis.parse(await analyze({ repository: textRepository, commit, extraction: JSON.stringify(value) }, { git }))

  test('is read instead of git, and says the same', async () => {
    const fromGit = await analyzedSecond({
      files: { 'text/words.py': wordsAfter },
      message: 'Split faster',
      date: '2024-11-28T17:01:02Z',
    })
    const same = { ...fromGit, source: 'extraction', head_commit: head, base_commit: base, author_date: null }
    expect(await read(extraction)).toEqual(same)
  })

  test('the base of commit.yaml goes wordsBefore its parent', async () => {
    const other = 'c'.repeat(40)
    expect((await read(extraction, { head, base: other })).base_commit).toBe(other)
    const message = (await failure(read({ ...extraction, parent_hash: head }))).message
    expect(message).toBe(`base and head are the same commit: ${head}`)
  })

  test('git is asked for the first parent and the date where it has none', async () => {
    const made = await newRepository()
    const parent = await made.commit({ files: { 'text/words.py': wordsBefore } })
    const real = await made.commit({ files: { 'text/words.py': wordsAfter }, date: '2024-02-03T04:05:06Z' })
    const git = await bundled(made)
    const bare = { ...extraction, commit_hash: real, parent_hash: undefined, date: undefined }
    expect(await read(bare, { head: real }, async () => git)).toMatchObject({
      base_commit: parent,
      commit_date: '2024-02-03T04:05:06Z',
      source: 'extraction',
    })
    const unreachable = openMirror(await mirrorOptions({ bundle: join('no', 'such.bundle') }))
    expect((await failure(read(bare, { head: real }, () => unreachable))).code).toBe('repository-unreachable')
  })

  test('of another commit is refused', async () => {
    const error = await failure(read(extraction, { head: 'd'.repeat(40) }))
    expect(error.format()).toMatchInlineSnapshot(`
      "error: extraction of another commit, extraction: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

      hint: commit.yaml has head dddddddddddddddddddddddddddddddddddddddd"
    `)
  })
})
