import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Interpreters } from '../../../plugins/isobench/src/schema/run-bundle.ts'
import { readSections } from './read-corpus.ts'

/** Two folders that look like environments with the packages of `packages.txt`; their interpreters are only names. */
export async function installSides(): Promise<{ interpreters: Interpreters; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-installed-'))
  const files = readSections('packages.txt').flatMap(({ name, columns: [on], code }) =>
    (on === 'both' ? ['base', 'head'] : [on!]).map((side) => ({
      path: join(folder, side, 'lib/python3.11/site-packages', name),
      code,
    })),
  )
  for (const { path, code } of files) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, code)
  }
  return {
    interpreters: { base: join(folder, 'base/bin/python'), head: join(folder, 'head/bin/python'), read_only: [] },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
