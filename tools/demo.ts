import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exists, writeAtomically } from '../plugins/isobench/src/adapters/files.ts'
import { buildDemo, bundleReferences, git, gitOfTheBundle } from './demo/build.ts'
import { demoFiles } from './demo/files.ts'

/*
 * Rebuilds `commits/demo` from `tools/demo/history`: the git bundle, and `commit.yaml` and `efficiency_test.py` of each
 * commit. `node tools/demo.ts --check` writes nothing and fails when something is stale.
 */
const target = join(import.meta.dirname, '../commits/demo')
const thisGit = (await git('.', ['--version'])).trim()
const work = await mkdtemp(join(tmpdir(), 'isobench-demo-'))
try {
  const demo = await buildDemo(join(work, 'build'))
  const files = await demoFiles(demo)
  const stale: string[] = []
  for (const [path, content] of files) {
    if (!(await isCurrent(path, content))) stale.push(path)
  }
  const hashes = [...demo.commits.values()]
  const commitFolders = (await readdir(target)).filter((name) => /^[0-9a-f]{8}$/.test(name))
  const dead = commitFolders.filter((name) => !hashes.some((hash) => hash.startsWith(name)))

  if (!process.argv.includes('--check')) {
    for (const path of stale) await writeAtomically(join(target, path), files.get(path)!)
    for (const folder of dead) await rm(join(target, folder), { recursive: true })
    if (stale.includes('repository.bundle') && thisGit !== gitOfTheBundle) {
      console.log(`note: write the git that packed the bundle into tools/demo/build.ts: ${thisGit}`)
    }
    console.log(`commits/demo: ${files.size} files, ${stale.length} written, ${dead.length} old commits removed`)
  } else if (stale.length + dead.length > 0) {
    console.error(`error: stale in commits/demo: ${[...stale, ...dead].join(', ')}\n\nhint: node tools/demo.ts`)
    process.exitCode = 1
  }
} finally {
  await rm(work, { recursive: true })
}

/** A bundle that another git packed is current when it holds the same commits, whose hashes cover all content. */
async function isCurrent(path: string, content: Uint8Array): Promise<boolean> {
  if (!(await exists(join(target, path)))) return false
  const present = await readFile(join(target, path))
  if (path === 'repository.bundle' && thisGit !== gitOfTheBundle) {
    return bundleReferences(present) === bundleReferences(content)
  }
  return present.equals(content)
}
