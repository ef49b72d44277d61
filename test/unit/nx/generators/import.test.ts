import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseSettings } from '../../../../plugins/isobench/src/domain/settings.ts'
import { type ImportOptions, importConfiguration } from '../../../../plugins/isobench/src/nx/generators/import.ts'
import { Commit } from '../../../../plugins/isobench/src/schema/commit.ts'
import { commitHash, digestOf } from '../../../support/artifacts.ts'
import { type GeneratorTree, createClone, createGeneratorTree } from '../../../support/generator-tree.ts'

let workspace: GeneratorTree
beforeEach(async () => {
  workspace = await createGeneratorTree()
})
afterEach(async () => {
  await workspace.remove()
  await rm(outside(), { recursive: true, force: true })
})

/** A folder that is not in the workspace. */
function outside(): string {
  return `${workspace.directory}-outside`
}

const head = commitHash('head')
const base = commitHash('base')

function withParent(overrides: object = {}): string {
  const extraction = { commit_hash: head, parent_hash: base, message: '[Core] Faster (#1)\n\nBody', files_changed: [] }
  return JSON.stringify({ ...extraction, ...overrides })
}

function withoutParent(hash: string, subject = 'Faster'): string {
  return JSON.stringify({
    commit_hash: hash,
    commit_subject: subject,
    commit_message: subject,
    files_changed: [],
    diff_text: '',
  })
}

/** Writes a configuration and its extractions, inside the workspace or beside it. */
async function prepare(extractions: Record<string, string>, configuration = '', place = 'old'): Promise<string> {
  const folder = resolve(workspace.directory, place)
  await mkdir(join(folder, 'extractions'), { recursive: true })
  for (const [name, json] of Object.entries(extractions)) await writeFile(join(folder, 'extractions', name), json)
  const config = join(folder, 'experiments.yaml')
  await writeFile(config, `repo_path: /nowhere/vllm\nextractions_dir: extractions\n${configuration}`)
  return config
}

async function runImport(options: ImportOptions): Promise<void> {
  await importConfiguration(workspace.tree, options, workspace.log)
}

function text(file: string): string | null {
  return workspace.tree.read(file, 'utf8')
}

function summary(): string | undefined {
  return workspace.lines.at(-1)
}

describe('import', () => {
  it('writes the repository, the commit and the dataset', async () => {
    const config = await prepare(
      { 'a.json': withParent() },
      'dataset_name: Old_Set\nhf_repo: https://huggingface.co/datasets/someone/old\npush_to_hf: true\n',
    )
    await runImport({ config })
    const sha8 = head.slice(0, 8)
    expect(text(`commits/vllm/${sha8}/commit.yaml`)).toBe(
      [
        '# yaml-language-server: $schema=../../../node_modules/nx-isobench/schemas/commit.json',
        `head: '${head}'`,
        `base: '${base}'`,
        "claim: '[Core] Faster (#1)'",
        'extraction:',
        '  path: old/extractions/a.json',
        `  sha256: '${digestOf(withParent())}'`,
        '',
      ].join('\n'),
    )
    expect(text('datasets/old_set/dataset.yaml')).toBe(
      `# yaml-language-server: $schema=../../node_modules/nx-isobench/schemas/dataset-settings.json\ncommits:\n  - vllm/${sha8}\nhub_repository: someone/old\npush: true\n`,
    )
    expect(text('commits/vllm/repository.yaml')).toContain('url: https://github.com/vllm-project/vllm\n')
    expect(text('commits/vllm/measurement.yaml')).toContain('accelerator: nvidia:h100\n')
    expect(text('commits/vllm/generation.yaml')).toContain(
      '# Without a provider and a model only reviewed tests are used.\n',
    )
    expect(workspace.lines).toEqual([
      'extraction files: 1 (imported: 1, already there: 0, left as they are: 0, invalid: 0); commits without a base: 0',
    ])
  })

  it('changes nothing when it is run again', async () => {
    const config = await prepare({ 'a.json': withParent(), 'b.json': withoutParent(commitHash('b')) })
    await runImport({ config })
    const before = workspace.tree.listChanges().map(({ path, content }) => [path, content?.toString()])
    workspace.lines.length = 0
    await runImport({ config })
    expect(workspace.tree.listChanges().map(({ path, content }) => [path, content?.toString()])).toEqual(before)
    expect(summary()).toBe(
      'extraction files: 2 (imported: 0, already there: 2, left as they are: 0, invalid: 0); commits without a base: 1',
    )
  })

  it('reports every file with its reason', async () => {
    const config = await prepare({
      'a.json': withParent(),
      'b.json': withParent({ message: 'again' }),
      'c.json': '{"commit_hash": ',
      'd.json': withParent({ commit_hash: 'abc' }),
      'e.json': withParent({ commit_hash: base }),
      'notes.txt': 'hello',
    })
    await mkdir(join(workspace.directory, 'old/extractions/f.json'))
    await runImport({ config })
    expect(workspace.lines).toMatchInlineSnapshot(`
      [
        "not a JSON file: notes.txt",
        "invalid: b.json: the same commit as a.json",
        "invalid: c.json: not valid JSON: Unexpected end of JSON input",
        "invalid: d.json: must be a full commit hash: 40 lower-case hexadecimal digits at \`commit_hash\`",
        "invalid: f.json: not a file",
        "invalid: e.json: base and head are the same commit: 1405df66cbe219b0bf6355bc3d60361a8376b6b4",
        "extraction files: 6 (imported: 1, already there: 0, left as they are: 0, invalid: 5); commits without a base: 0",
      ]
    `)
  })

  it('leaves a commit that a person changed as it is', async () => {
    const config = await prepare({ 'a.json': withParent(), 'b.json': withParent({ commit_hash: commitHash('b') }) })
    const file = `commits/vllm/${head.slice(0, 8)}/commit.yaml`
    const mine = `head: '${head}'\nbase: '${commitHash('mine')}'\n`
    workspace.tree.write(file, mine)
    await runImport({ config })
    expect(text(file)).toBe(mine)
    expect(workspace.lines).toContain(`left as it is: ${file}: its base is ${commitHash('mine')}`)
    expect(text('datasets/vllm/dataset.yaml')).toContain(`- vllm/${head.slice(0, 8)}\n`)
  })
})

describe('import, extractions outside the workspace', () => {
  it('relies on git and says so', async () => {
    const config = await prepare({ 'a.json': withParent() }, '', outside())
    await runImport({ config })
    expect(text(`commits/vllm/${head.slice(0, 8)}/commit.yaml`)).not.toContain('extraction')
    expect(workspace.lines).toContain(
      'the extractions lie outside the workspace, so the commits are read from git; `--copy-extractions` copies them beside the commits',
    )
  })

  it('copies them when it is asked to', async () => {
    const config = await prepare({ 'a.json': withParent() }, '', outside())
    await runImport({ config, copyExtractions: true })
    const folder = `commits/vllm/${head.slice(0, 8)}`
    expect(text(`${folder}/extraction.json`)).toBe(withParent())
    const commit = parseSettings(Commit, text(`${folder}/commit.yaml`)!, 'commit.yaml')
    expect(commit.extraction).toEqual({ path: `${folder}/extraction.json`, sha256: digestOf(withParent()) })
  })
})

describe('import, commits without a parent', () => {
  it('takes the first parent from the clone at repo_path', async () => {
    const clone = join(workspace.directory, 'clones/vllm')
    const [root, second, third] = (await createClone(clone, ['a', 'b', 'c'])) as [string, string, string]
    const unknown = commitHash('unknown')
    const config = await prepare({
      'a.json': withoutParent(root),
      'b.json': withoutParent(third),
      'c.json': withoutParent(unknown),
    })
    await writeFile(config, `repo_path: ${clone}\nextractions_dir: extractions\n`)
    await runImport({ config })
    const commit = parseSettings(Commit, text(`commits/vllm/${third.slice(0, 8)}/commit.yaml`)!, 'commit.yaml')
    expect(commit).toMatchObject({ head: third, base: second })
    expect(text('commits/vllm/unresolved.md')).toContain(
      `- ${root}: the commit has no parent\n- ${unknown}: no such commit in the repository: ${unknown}\n`,
    )
    expect(summary()).toBe(
      'extraction files: 3 (imported: 3, already there: 0, left as they are: 0, invalid: 0); commits without a base: 2',
    )
  })

  it('lists them as unresolved without a clone, and completes them when there is one', async () => {
    const clone = join(workspace.directory, 'clones/vllm')
    const [first, second] = (await createClone(clone, ['a', 'b'])) as [string, string]
    const config = await prepare({ 'a.json': withoutParent(second) })
    await runImport({ config })
    const file = `commits/vllm/${second.slice(0, 8)}/commit.yaml`
    const line = `${second}: no parent in the extraction, no git repository at /nowhere/vllm`
    expect(workspace.lines).toContain(`unresolved: ${line}`)
    expect(text('commits/vllm/unresolved.md')).toContain(`- ${line}\n`)
    expect(parseSettings(Commit, text(file)!, file).base).toBeUndefined()

    await writeFile(config, `repo_path: ${clone}\nextractions_dir: extractions\n`)
    await runImport({ config })
    expect(parseSettings(Commit, text(file)!, file).base).toBe(first)
    expect(text('commits/vllm/unresolved.md')).toBeNull()
  })
})

describe('import, an unknown repository', () => {
  it('refuses a repository that nobody knows, unless it is told where that is', async () => {
    const config = await prepare({ 'a.json': withParent() })
    await expect(runImport({ config, repository: 'other-lib' })).rejects.toMatchObject({
      message: 'nobody knows where to clone the repository from: other-lib',
      hint: 'give `--url`, or write commits/other-lib/repository.yaml first',
    })
    await runImport({ config, repository: 'other-lib', url: 'https://example.org/other' })
    expect(text('commits/other-lib/repository.yaml')).toMatchInlineSnapshot(`
      "# yaml-language-server: $schema=../../node_modules/nx-isobench/schemas/repository.json
      # Check \`package\` and \`wheels\`: they are guessed from the name of the repository.
      url: https://example.org/other
      package:
        name: other-lib
        import: other_lib
      wheels:
        - kind: build
      "
    `)
  })
})
