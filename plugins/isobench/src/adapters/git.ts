import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import type { SimpleGit } from 'simple-git'
import {
  type CommitFacts,
  type KnownCommit,
  type RawChange,
  knownFormat,
  parseChanges,
  parseCommit,
  parseKnown,
  parseTree,
} from '../domain/git-output.ts'
import { refuseUnsafeTree } from '../domain/safe-tree.ts'
import { IsobenchError } from '../errors.ts'
import { type Ancestor, ancestry, firstParents } from './git-ancestry.ts'
import { readFiles } from './git-files.ts'
import { type Mirror, type MirrorOptions, bundledTags, openSource } from './git-mirror.ts'
import { cleanEnvironment, run } from './process.ts'

export type { CommitFacts, KnownCommit } from '../domain/git-output.ts'
export { type MirrorOptions, openSource } from './git-mirror.ts'

/**
 * One repository, read with plumbing commands only. All but `resolve` take full hashes (40 hexadecimal digits) that
 * came from `resolve` or from `commit`.
 */
export interface Git {
  /**
   * The full hash of a commit, which is fetched first if it is not there yet.
   * @param commit 7 to 40 hexadecimal digits
   * @throws IsobenchError `commit-not-found`, `repository-unreachable`, `bad-input` when it is no hash or ambiguous
   */
  resolve(commit: string): Promise<string>
  commit(hash: string): Promise<CommitFacts>
  /** The commit itself and its first parents, nearest first. @param steps how many first parents at the most */
  firstParents(hash: string, steps: number): Promise<KnownCommit[]>
  /** The same, each with what differs between it and the commit. */
  ancestry(hash: string, steps: number): AsyncIterable<Ancestor>
  /** The names of the tags that are at a commit, in the order of git (bytewise). */
  tags(hash: string): Promise<string[]>
  /** Files that differ, renames found, in the order of git (by path, bytewise). */
  changes(base: string, head: string): Promise<RawChange[]>
  /** The difference as one unified diff with three lines of context; bytes that are no UTF-8 are U+FFFD. */
  patch(base: string, head: string): Promise<string>
  /** Which of these commits are already in the mirror, with their parents and dates: one process for all of them. */
  known(hashes: readonly string[]): Promise<Map<string, KnownCommit>>
  /** The bytes of one file at a commit; null where it has no such file. */
  file(commit: string, path: string): Promise<Uint8Array | null>
  /** The bytes of one file at many commits, by commit, where they have it: one process for all of them. */
  files(commits: readonly string[], path: string): Promise<Map<string, Uint8Array>>
  /**
   * Writes the files of a commit into an empty folder, byte for byte as they are stored, submodules as empty folders.
   * @throws IsobenchError `bad-input` when a path or a symbolic link leads out of the folder
   */
  exportTree(commit: string, directory: string): Promise<void>
}

/**
 * Opens the tool's own bare mirror of a repository and makes it first if need be. Nothing in the source runs:
 * neither its hooks nor its settings come along, and nothing is ever checked out.
 * @throws IsobenchError `repository-unreachable` when the source cannot be read
 */
export async function openMirror(options: MirrorOptions): Promise<Git> {
  return readMirror(await openSource(options), options.log)
}

/** Reads a mirror that many tasks share. @param log for what one of them does to it */
export function readMirror(mirror: Mirror, log: (message: string) => void): Git {
  const { git, processes } = mirror
  return {
    resolve: async (commit) => resolveCommit(mirror, commit, log),
    commit: async (hash) => parseCommit(hash, await readCommit(mirror, full(hash))),
    firstParents: async (hash, steps) => firstParents(mirror.directory, full(hash), steps),
    ancestry: (hash, steps) => ancestry(mirror.directory, full(hash), steps),
    tags: async (hash) => tagsAt(git, full(hash)),
    changes: async (base, head) => parseChanges(await processes.difference('raw', full(base), full(head))),
    patch: async (base, head) => processes.difference('patch', full(base), full(head)),
    known: async (hashes) => knownCommits(git, hashes),
    file: async (commit, path) => readFileAt(mirror, full(commit), path),
    files: async (commits, path) => readFiles(mirror.directory, commits.map(full), path),
    exportTree: async (commit, directory) => exportTree(mirror, full(commit), directory),
  }
}

async function resolveCommit(mirror: Mirror, commit: string, log: (message: string) => void): Promise<string> {
  if (!/^[0-9a-f]{7,40}$/.test(commit)) {
    throw new IsobenchError('bad-input', `not a commit hash: ${commit}`, {
      hint: 'a hash has 7 to 40 lower-case hexadecimal digits',
    })
  }
  const found = await lookUp(mirror, commit)
  if (found !== null) return found
  await mirror.refresh(commit, log)
  const fetched = await lookUp(mirror, commit)
  if (fetched !== null) return fetched
  throw new IsobenchError('commit-not-found', `no such commit in the repository: ${commit}`, {
    hint: `the repository is that of \`${mirror.source}\` in repository.yaml`,
  })
}

/** null when the mirror has no such commit. A tag's own hash is no commit's. */
async function lookUp(mirror: Mirror, commit: string): Promise<string | null> {
  const name = `${commit}^{commit}`
  const found = await mirror.processes.object(name).catch(() => null) // what is wrong, the other process tells in words
  if (found?.hash.startsWith(commit) === true) return found.hash
  try {
    const output = await mirror.git.raw(['rev-parse', '--verify', '--end-of-options', name])
    const hash = full(output.trim())
    return hash.startsWith(commit) ? hash : null
  } catch (cause) {
    const message = String(cause)
    if (message.includes('is ambiguous')) {
      throw new IsobenchError('bad-input', `more than one commit starts with: ${commit}`, {
        hint: 'give all 40 digits',
        cause,
      })
    }
    if (message.includes('Needed a single revision')) return null
    throw new IsobenchError('corrupt-artifact', `cannot read the mirror: ${mirror.directory}`, {
      hint: 'delete that folder; it is made again',
      cause,
    })
  }
}

/** Command lines stay far below the limits of any system. */
const hashesAtOnce = 1000

async function knownCommits(git: SimpleGit, hashes: readonly string[]): Promise<Map<string, KnownCommit>> {
  const found = new Map<string, KnownCommit>()
  for (let start = 0; start < hashes.length; start += hashesAtOnce) {
    const some = hashes.slice(start, start + hashesAtOnce).map(full)
    const options = ['--no-walk=unsorted', '--ignore-missing', `--pretty=tformat:${knownFormat}`, '--end-of-options']
    for (const commit of parseKnown(await git.raw(['rev-list', ...options, ...some]))) found.set(commit.hash, commit)
  }
  return found
}

async function tagsAt(git: SimpleGit, commit: string): Promise<string[]> {
  const folders = ['refs/tags/', bundledTags]
  const output = await git.raw(['for-each-ref', '--format=%(refname)', '--points-at', commit, ...folders])
  const names = output.split('\n').filter((line) => line !== '')
  return names.map((name) => name.slice(folders.find((folder) => name.startsWith(folder))!.length))
}

async function readCommit({ processes, directory }: Mirror, hash: string): Promise<Uint8Array> {
  const found = await processes.object(hash)
  if (found?.type === 'commit') return found.content
  throw new Error(`no such commit in ${directory}: ${hash}`)
}

async function readFileAt({ git, processes }: Mirror, commit: string, path: string): Promise<Uint8Array | null> {
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..')) return null // no path in a tree
  if (!path.includes('\n')) {
    const found = await processes.object(`${commit}:${path}`)
    return found?.type === 'blob' ? found.content : null
  }
  const entries = parseTree(await git.raw(['ls-tree', '-z', '--full-tree', '--end-of-options', commit, '--', path]))
  const entry = entries.find((candidate) => candidate.path === path && candidate.type === 'blob')
  return entry === undefined ? null : git.binaryCatFile(['blob', full(entry.hash)])
}

async function exportTree({ git }: Mirror, commit: string, directory: string): Promise<void> {
  const entries = parseTree(await git.raw(['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', commit]))
  const links = new Map<string, string>()
  for (const entry of entries.filter(({ mode }) => mode === '120000')) {
    links.set(entry.path, await git.raw(['cat-file', 'blob', full(entry.hash)]))
  }
  refuseUnsafeTree(entries, links, commit)
  const archive = `${directory}.${randomBytes(6).toString('hex')}.tar`
  await mkdir(directory, { recursive: true })
  try {
    await git.raw(['archive', '--format=tar', `--output=${archive}`, commit])
    const environment = cleanEnvironment({ LC_ALL: 'C' })
    const tar = await run('tar', ['-x', '-f', archive, '-C', directory, '--no-same-owner'], { environment })
    if (tar.exitCode !== 0) throw new Error(`cannot unpack ${commit} into ${directory}: ${tar.stderr.slice(0, 500)}`)
  } finally {
    await rm(archive, { force: true })
  }
}

/** Keeps everything but a full hash away from the command line. */
function full(hash: string): string {
  if (/^[0-9a-f]{40}$/.test(hash)) return hash
  throw new IsobenchError('bad-input', `not a full commit hash: ${hash.slice(0, 100)}`)
}
