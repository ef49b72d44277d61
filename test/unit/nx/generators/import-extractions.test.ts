import { existsSync } from 'node:fs'
import { cp, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseSettings } from '../../../../plugins/isobench/src/domain/settings.ts'
import { importConfiguration } from '../../../../plugins/isobench/src/nx/generators/import.ts'
import { Commit } from '../../../../plugins/isobench/src/schema/commit.ts'
import { type GeneratorTree, createGeneratorTree } from '../../../support/generator-tree.ts'

let workspace: GeneratorTree
beforeEach(async () => {
  workspace = await createGeneratorTree()
})
afterEach(() => workspace.remove())

const real = join(import.meta.dirname, '../../../../../shared/data/extractions')
if (!existsSync(real)) console.log(`skipped: no real extractions at ${real}`)

describe.skipIf(!existsSync(real))('import of the real extractions', () => {
  it.each([
    ['vllm', 20, 0],
    ['sglang', 20, 20],
  ])('%s: each file becomes a commit', async (name, files, withoutBase) => {
    await cp(join(real, name), join(workspace.directory, 'data'), { recursive: true })
    await writeFile(join(workspace.directory, 'experiments.yaml'), `repo_path: /root/${name}\nextractions_dir: data\n`)
    const config = join(workspace.directory, 'experiments.yaml')
    await importConfiguration(workspace.tree, { config }, workspace.log)
    expect(workspace.lines.at(-1)).toBe(
      `extraction files: ${files} (imported: ${files}, already there: 0, left as they are: 0, invalid: 0); commits without a base: ${withoutBase}`,
    )
    const heads = (await readdir(join(real, name))).map((file) => file.replace('.json', '')).toSorted()
    const written = heads.map((hash) => {
      const file = `commits/${name}/${hash.slice(0, 8)}/commit.yaml`
      return parseSettings(Commit, workspace.tree.read(file, 'utf8')!, file)
    })
    expect(written.map((commit) => commit.head)).toEqual(heads)
    expect(written.filter((commit) => commit.base === undefined)).toHaveLength(withoutBase)
    expect(written.map((commit) => commit.extraction?.path)).toEqual(heads.map((hash) => `data/${hash}.json`))
  })
})
