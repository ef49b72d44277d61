import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compareTwoDatasets } from '../../../../plugins/isobench/src/nx/generators/compare-datasets.ts'
import type { CommitRecord } from '../../../../plugins/isobench/src/schema/record.ts'
import { DatasetSettings } from '../../../../plugins/isobench/src/schema/dataset-settings.ts'
import { assembled, sampleMember } from '../../../support/dataset-members.ts'
import { type GeneratorTree, createGeneratorTree } from '../../../support/generator-tree.ts'
import { sampleRecord } from '../../../support/records.ts'

let rig: GeneratorTree
beforeEach(async () => {
  rig = await createGeneratorTree()
})
afterEach(() => rig.remove())

/** A real build in a folder of the workspace. */
async function built(folder: string, records: readonly CommitRecord[]): Promise<void> {
  const files = await assembled({
    name: 'demo',
    settings: DatasetSettings.parse({ commits: ['demo'] }),
    template: '# Demo\n',
    members: records.map((record) => sampleMember(record).source),
    tool: 'nx-isobench 0.1.0',
  })
  for (const [path, content] of files) {
    const place = join(rig.directory, folder, path)
    await mkdir(dirname(place), { recursive: true })
    await writeFile(place, content)
  }
}

const slower = sampleRecord('b', { verdict: 'regressed', performance_improvement: -0.5, ci95: [-0.6, -0.4] })
const compare = (options: { output?: string; fail?: boolean } = {}) =>
  compareTwoDatasets(rig.tree, { before: 'before/out', after: 'after/out', ...options }, rig.log)

test('two builds: what flipped is said, and makes it fail where that is asked for', async () => {
  await built('before/out', [sampleRecord('a'), sampleRecord('b')])
  await built('after/out', [sampleRecord('a'), slower, sampleRecord('c')])
  await compare()
  expect(rig.lines.join('\n')).toContain('1 row added, 0 removed, 1 verdict flipped')
  await expect(compare({ fail: true })).rejects.toMatchObject({ message: expect.stringContaining('other results') })
  await expect(compare({ fail: true, output: 'changes.md' })).rejects.toThrow('other results')
})

test('added rows alone do not fail, and the Markdown goes where it is wanted', async () => {
  await built('before/out', [sampleRecord('a')])
  await built('after/out', [sampleRecord('a'), sampleRecord('c')])
  await compare({ fail: true, output: 'changes.md' })
  expect(rig.lines).toEqual([])
  expect(rig.tree.read('changes.md', 'utf8')).toContain('1 row added, 0 removed, 0 verdicts flipped')
})

test('a folder without a build, and a build that was edited', async () => {
  await built('before/out', [sampleRecord('a')])
  await expect(compare()).rejects.toThrow('no build of a dataset, which has a manifest.json: after/out')
  await built('after/out', [sampleRecord('a')])
  await writeFile(join(rig.directory, 'after/out/data/test-00000-of-00001.parquet'), 'edited')
  await expect(compare()).rejects.toThrow('not as its manifest says: after/out data/test-00000-of-00001.parquet')
})
