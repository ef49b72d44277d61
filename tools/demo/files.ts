import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readTextIfPresent } from '../../plugins/isobench/src/adapters/files.ts'
import { type Demo, historyFolder } from './build.ts'

const schemaLine = '# yaml-language-server: $schema=../../../plugins/isobench/schemas/commit.json\n'

/**
 * The files below `commits/demo` that come from the history: the bundle, and for each revision with a `commit.yaml`
 * that file with the hashes filled in and the reviewed test, where it has one.
 */
export async function demoFiles(demo: Demo): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>([['repository.bundle', demo.bundle]])
  for (const [revision, hash] of demo.commits) {
    const settings = await readTextIfPresent(join(historyFolder, revision, 'commit.yaml'))
    if (settings === undefined) continue
    const folder = hash.slice(0, 8)
    files.set(`${folder}/commit.yaml`, Buffer.from(schemaLine + withHashes(settings, revision, demo)))
    const test = join(historyFolder, revision, 'efficiency_test.py')
    if ((await readTextIfPresent(test)) !== undefined) files.set(`${folder}/efficiency_test.py`, await readFile(test))
  }
  return files
}

/** Puts the hash in place of `{commit}` (this revision) and `{NN-name}` (another one). */
function withHashes(settings: string, revision: string, demo: Demo): string {
  return settings.replace(/"\{([a-z0-9-]+)\}"/g, (_, name: string) => {
    const hash = demo.commits.get(name === 'commit' ? revision : name)
    if (hash === undefined) throw new Error(`history/${revision}/commit.yaml: no such revision: ${name}`)
    return `"${hash}"`
  })
}
