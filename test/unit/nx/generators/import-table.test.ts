import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256 } from '../../../../plugins/isobench/src/adapters/files.ts'
import { parseSettings } from '../../../../plugins/isobench/src/domain/settings.ts'
import { type ImportOptions, importConfiguration } from '../../../../plugins/isobench/src/nx/generators/import.ts'
import { Commit } from '../../../../plugins/isobench/src/schema/commit.ts'
import { commitHash } from '../../../support/artifacts.ts'
import { type GeneratorTree, createGeneratorTree } from '../../../support/generator-tree.ts'

let workspace: GeneratorTree
beforeEach(async () => {
  workspace = await createGeneratorTree()
})
afterEach(() => workspace.remove())

async function runImport(options: ImportOptions): Promise<string> {
  workspace.lines.length = 0
  await importConfiguration(workspace.tree, options, workspace.log)
  return workspace.lines.join('\n')
}

function commit(repository: string, head: string): Commit {
  const file = `commits/${repository}/${head.slice(0, 8)}/commit.yaml`
  return parseSettings(Commit, workspace.tree.read(file, 'utf8')!, file)
}

/** Writes a file of the workspace and gives back its path. */
async function put(path: string, content: string): Promise<string> {
  const file = join(workspace.directory, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
  return file
}

const head = commitHash('head')
const base = commitHash('base')
const header = 'repo\thead\tbase\tdate\tsubject\tpr\tmodel\tperf_command\tin_final54'

describe('a table', () => {
  const row = `vllm\t${head}\t${base}\t2024-11-28T09:01:02-08:00\t"[V1] ""Fast"" (#7)"\thttps://example.org/pull/7\ta,b\tpython bench.py\t1`

  it('gives a commit with its base, claim and notes, and the files of its repository', async () => {
    const printed = await runImport({ table: await put('old/commits.tsv', `${header}\r\n${row}\r\n`) })
    expect(commit('vllm', head)).toEqual({
      head,
      base,
      claim: '[V1] "Fast" (#7)',
      notes: 'pull request 7\nmodel a, b\npython bench.py',
    })
    const files = ['repository', 'generation', 'measurement'].map((name) => `commits/vllm/${name}.yaml`)
    for (const file of [...files, 'datasets/vllm/dataset.yaml']) expect(workspace.tree.exists(file), file).toBe(true)
    expect(printed).toMatchInlineSnapshot(`
      "rows: 1 (imported: 1, already there: 0, left as they are: 0, invalid: 0)

                                        pairs  final 54  test ran  test failed  3-way ran  no wheel
      all                                   1         1         0            0          0         0
      vllm                                  1         1         0            0          0         0
      filter, subject alone: candidate      1         1         0            0          0         0
      wheels: by commit, constant name      1         1         0            0          0         0

      Columns are what the table says. The filter read extractions and subjects, the wheels are predicted by date: no repository and no host was asked. \`npx nx g nx-isobench:probe\` asks them."
    `)
  })

  it('may be imported again, and overwrites nothing', async () => {
    const table = await put('old/commits.tsv', `${header}\n${row}\n`)
    await runImport({ table })
    workspace.tree.write(
      'commits/vllm/repository.yaml',
      `${workspace.tree.read('commits/vllm/repository.yaml', 'utf8')}# mine\n`,
    )
    const before = workspace.tree.listChanges().map(({ path, content }) => [path, String(content)])
    expect(await runImport({ table })).toContain(
      'rows: 1 (imported: 0, already there: 1, left as they are: 0, invalid: 0)',
    )
    expect(workspace.tree.listChanges().map(({ path, content }) => [path, String(content)])).toEqual(before)
    const other = commitHash('other')
    workspace.tree.write(`commits/vllm/${head.slice(0, 8)}/commit.yaml`, `head: '${head}'\nbase: '${other}'\n`)
    expect(await runImport({ table })).toContain(
      `left as it is: commits/vllm/${head.slice(0, 8)}/commit.yaml: its base is ${other}`,
    )
  })

  it('keeps its good rows when others are none', async () => {
    const bad = ['vllm\tabc\tdef', `vllm\t${head}\t${head}`, `../x\t${head}\t${base}`, row, `${row}\textra`]
    const printed = await runImport({ table: await put('commits.tsv', `${header}\n${[row, ...bad].join('\n')}\n`) })
    expect(printed.split('\n').filter((line) => line.startsWith('invalid') || line.startsWith('rows'))).toEqual([
      expect.stringMatching(/^invalid: .*commits\.tsv:3: .* at `head`$/),
      expect.stringMatching(/^invalid: .*commits\.tsv:4: base and head are the same commit: /),
      expect.stringMatching(/^invalid: .*commits\.tsv:5: .* at `repo`$/),
      expect.stringMatching(/^invalid: .*commits\.tsv:6: the pair is there already: /),
      expect.stringMatching(/^invalid: .*commits\.tsv:7: more fields than columns$/),
      'rows: 6 (imported: 1, already there: 0, left as they are: 0, invalid: 5)',
    ])
  })

  it('takes the extractions beside it: named where they are inside the workspace', async () => {
    const diff = 'diff --git a/tests/a.py b/tests/a.py\n--- a/tests/a.py\n+++ b/tests/a.py\n@@ -1 +1 @@\n-a\n+b\n'
    const extraction = JSON.stringify({
      commit_hash: head,
      commit_message: 'Faster',
      commit_date: '2024-11-28T09:01:02-08:00',
      files_changed: ['tests/a.py'],
      diff_text: diff,
    })
    await put(`old/extractions/vllm/${head}.json`, extraction)
    const printed = await runImport({ table: await put('old/commits.tsv', `${header}\n${row}\n`) })
    expect(commit('vllm', head).extraction).toEqual({
      path: `old/extractions/vllm/${head}.json`,
      sha256: sha256(extraction),
    })
    expect(printed).toMatch(/filter, whole change: tests-only +1 /)
  })

  it.each([
    ['no column: base', 'repo\thead\n', {}],
    ['no column: repo, head, base', '', {}],
    ['needs exactly one of `--config` and `--table`', header, { config: 'x.yaml' }],
  ])('is refused: %s', async (message, content, more) => {
    await expect(runImport({ table: await put('commits.tsv', content), ...more })).rejects.toThrow(message)
  })

  it('of a repository that nobody knows says what to write first', async () => {
    const table = await put('commits.tsv', `${header}\n${row.replace('vllm', 'other')}\n`)
    await expect(runImport({ table })).rejects.toThrow('nobody knows where to clone the repository from: other')
    workspace.tree.write(
      'commits/other/repository.yaml',
      'url: https://example.org/other\npackage: { name: other, import: other }\nwheels: [{ kind: build }]\n',
    )
    expect(await runImport({ table })).toContain('imported: 1')
  })

  it('that is not there is said', async () => {
    await expect(runImport({ table: '/no/such.tsv' })).rejects.toThrow('no such file: /no/such.tsv')
    await expect(runImport({})).rejects.toThrow('needs exactly one of `--config` and `--table`')
  })
})

const real = join(import.meta.dirname, '../../../../../shared/data/commits.tsv')
if (!existsSync(real)) console.log(`skipped: no table of commits at ${real}`)

describe.skipIf(!existsSync(real))('the table of the ancestor', () => {
  it('imports completely, with its 40 extractions, and what the filters say stands beside what it says', async () => {
    const printed = await runImport({ table: real, copyExtractions: true })
    console.log(printed)
    const written = workspace.tree.listChanges().map(({ path }) => path)
    expect(written.filter((path) => path.endsWith('/commit.yaml'))).toHaveLength(193)
    expect(written.filter((path) => path.endsWith('/extraction.json'))).toHaveLength(40)
    expect(commit('vllm', '98f47f2a')).toMatchObject({ base: '8c1e77fb585c4f42783a3d88c1efc7c9e15fd89f' })
    expect(printed).toMatchInlineSnapshot(`
      "rows: 193 (imported: 193, already there: 0, left as they are: 0, invalid: 0)

                                                         pairs  final 54  test ran  test failed  3-way ran  no wheel
      all                                                  193        54        53          117         24        16
      sglang                                                80        15        28           46          0         0
      vllm                                                 113        39        25           71         24        16
      filter, whole change: candidate                       37        23        14           22          7         1
      filter, whole change: ci-only                          1         0         0            1          0         0
      filter, whole change: empty                            1         0         0            0          0         0
      filter, whole change: needs-several-devices            1         0         0            1          0         1
      filter, subject alone: candidate                     147        30        37           90         17        14
      filter, subject alone: other-hardware                  1         0         0            0          0         0
      filter, subject alone: revert                          5         1         2            3          0         0
      wheels: build                                         80        15        28           46          0         0
      wheels: by commit, constant name                      12         4         6            5          5         4
      wheels: by commit, none                               27         4         4           15          0        11
      wheels: by commit, page                               58        24        14           42         18         1
      wheels: by commit, version of the tree                15         7         1            9          1         0
      wheels: by commit, version of the tree, by Python      1         0         0            0          0         0

      Columns are what the table says. The filter read extractions and subjects, the wheels are predicted by date: no repository and no host was asked. \`npx nx g nx-isobench:probe\` asks them."
    `)
    expect(await runImport({ table: real, copyExtractions: true })).toContain(
      'rows: 193 (imported: 0, already there: 193, left as they are: 0, invalid: 0)',
    )
  })
})
