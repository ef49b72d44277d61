import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cleanEnvironment, run } from '../../plugins/isobench/src/adapters/process.ts'
import { exists } from '../../plugins/isobench/src/adapters/files.ts'
import { type Revision, history } from './history.ts'

/** Where the files of the revisions are. */
export const historyFolder = join(import.meta.dirname, 'history')

/** The git that packed the committed bundle: another one may pack the same commits into other bytes. */
export const gitOfTheBundle = 'git version 2.39.5'

/** Whatever git could take from a person's configuration is fixed, so that hashes and pack bytes come out equal. */
const fixed = {
  'core.excludesFile': '/dev/null',
  'core.attributesFile': '/dev/null',
  'core.autocrlf': 'false',
  'core.fileMode': 'false',
  'core.hooksPath': '/dev/null',
  'core.compression': '9',
  'pack.threads': '1',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'commit.gpgSign': 'false',
}
const configuration = Object.entries(fixed).flatMap(([key, value]) => ['-c', `${key}=${value}`])

/** The demo repository as built. */
export interface Demo {
  readonly bundle: Uint8Array
  /** Folder of the revision to its commit hash, oldest first */
  readonly commits: ReadonlyMap<string, string>
}

/**
 * Builds the demo repository from `history/` into `workFolder`, which is emptied first.
 * Equal sources give equal commit hashes everywhere, and equal bundle bytes with equal git and zlib.
 */
export async function buildDemo(workFolder: string): Promise<Demo> {
  const tree = join(workFolder, 'tree')
  await rm(workFolder, { recursive: true, force: true })
  await mkdir(tree, { recursive: true })
  await git(tree, ['init', '--quiet', '--object-format=sha1', '--initial-branch=main', '--template='])
  const commits = new Map<string, string>()
  for (const revision of history) {
    await layOver(tree, revision)
    await commit(tree, revision)
    commits.set(revision.folder, (await git(tree, ['rev-parse', 'HEAD'])).trim())
  }
  const bundle = join(workFolder, 'repository.bundle')
  await git(tree, ['bundle', 'create', '--quiet', '--version=2', bundle, 'HEAD', 'main'])
  return { bundle: await readFile(bundle), commits }
}

/** The references of a bundle, as its header lists them: the hashes say whether two bundles hold the same commits. */
export function bundleReferences(bundle: Uint8Array): string {
  const text = Buffer.from(bundle).toString('latin1')
  return text.slice(0, text.indexOf('\n\n'))
}

const isSource = (path: string) => !path.endsWith('__pycache__')

async function layOver(tree: string, revision: Revision): Promise<void> {
  for (const [from, to] of Object.entries(revision.move ?? {})) {
    await mkdir(dirname(join(tree, to)), { recursive: true })
    await rename(join(tree, from), join(tree, to))
  }
  const files = join(historyFolder, revision.folder, 'files')
  if (await exists(files)) await cp(files, tree, { recursive: true, filter: isSource })
}

async function commit(tree: string, { author, date, message }: Revision): Promise<void> {
  const environment = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
    GIT_COMMITTER_DATE: date,
  }
  await git(tree, ['add', '--all'])
  await git(tree, ['commit', '--quiet', '--no-verify', '--cleanup=verbatim', '--message', message], environment)
}

/** Runs git without any configuration of the machine or the person. */
export async function git(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const isolated = {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    TZ: 'UTC',
    LC_ALL: 'C',
  }
  const { exitCode, stdout, stderr } = await run('git', [...configuration, ...args], {
    cwd: folder,
    environment: cleanEnvironment({ ...isolated, ...environment }),
  })
  if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.trim()}`)
  return stdout
}
