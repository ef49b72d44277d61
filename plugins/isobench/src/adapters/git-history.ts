import {
  type CommitFacts,
  type KnownCommit,
  type StoredChange,
  knownFormat,
  parseCommit,
  parseKnown,
  parseStoredChanges,
} from '../domain/git-output.ts'
import { IsobenchError } from '../errors.ts'
import { type GitProcess, gitProcess, readObjects } from './git-objects.ts'
import { type MirrorOptions, bundledTags, openSource } from './git-mirror.ts'
import { comparison } from './git-processes.ts'
import { type Tip, tipOf } from './git-tip.ts'

export type { Tip } from './git-tip.ts'

/** What a walk over a history finds. */
export interface Walk {
  /** In the order of git, newest first; parents are those that are there, so a shallow history has fewer */
  readonly commits: readonly KnownCommit[]
  /** Commits whose date cannot be read, which no stage could use */
  readonly undated: readonly string[]
}

export interface CommitPair {
  readonly hash: string
  readonly base: string
}

/** The history of a repository, for many commits at a time: few processes, whatever their number. */
export interface History {
  /**
   * What the branch stands at now; the source is asked first.
   * @param branch default: the HEAD of the source
   * @throws IsobenchError `repository-unreachable`, `bad-input` for a branch that is not there
   */
  tip(branch: string | undefined): Promise<Tip>
  /** The commit that a hash, tag or branch means in the mirror as it is; null where it means none. */
  revision(name: string): Promise<string | null>
  isAncestor(ancestor: string, descendant: string): Promise<boolean>
  /** All that lead to `tip` but those that lead to `without`. */
  walk(tip: string, without: string | undefined, firstParentOnly: boolean): Promise<Walk>
  /** What the commits say of themselves, by hash; one that cannot be read is not there. */
  facts(hashes: readonly string[]): Promise<Map<string, CommitFacts>>
  /** What each of these commits changes against its base, by commit; null where the mirror has not all of it. */
  changes(commits: readonly CommitPair[]): Promise<Map<string, StoredChange[] | null>>
  /** Texts of blobs, by hash, as UTF-8; one of more than `maximumBytes` is not there. */
  texts(blobs: readonly string[], maximumBytes: number): Promise<Map<string, string>>
  /** The difference as one unified diff. */
  patch(base: string, head: string): Promise<string>
}

/**
 * Opens the history in the tool's own mirror, which is made first if need be. Only plumbing reads it, by full hashes.
 * @throws IsobenchError `repository-unreachable`; `corrupt-artifact` from any call that finds objects missing
 */
export async function openHistory(options: MirrorOptions): Promise<History> {
  const mirror = await openSource(options)
  const git = gitProcess(mirror.directory)
  return {
    tip: (branch) => tipOf(mirror, options, branch),
    revision: (name) => revision(git, name),
    isAncestor: (ancestor, descendant) => isAncestor(git, ancestor, descendant),
    walk: (tip, without, firstParentOnly) => walk(git, tip, without, firstParentOnly),
    facts: (hashes) => facts(git, hashes),
    changes: (commits) => changes(git, commits),
    texts: (blobs, maximumBytes) => texts(git, blobs, maximumBytes),
    patch: (base, head) => git(['diff-tree', ...comparison, '-p', '-U3', '--end-of-options', base, head]),
  }
}

async function revision(git: GitProcess, name: string): Promise<string | null> {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9_+-]|[./](?=[A-Za-z0-9]))*$/.test(name)) return null
  const folders = ['refs/tags/', bundledTags, 'refs/heads/']
  const places = /^[0-9a-f]{7,40}$/.test(name) ? [...folders, ''] : folders
  for (const folder of places) {
    const found = await git(
      ['rev-parse', '--verify', '--quiet', '--end-of-options', `${folder}${name}^{commit}`],
      '',
      1,
    )
    if (/^[0-9a-f]{40}\n$/.test(found)) return found.trim()
  }
  return null
}

async function isAncestor(git: GitProcess, ancestor: string, descendant: string): Promise<boolean> {
  if ((await revision(git, ancestor)) === null) return false
  const output = await git(['merge-base', '--end-of-options', ancestor, descendant], '', 1)
  return output.trim() === ancestor
}

async function walk(
  git: GitProcess,
  tip: string,
  without: string | undefined,
  firstParentOnly: boolean,
): Promise<Walk> {
  const order = firstParentOnly ? ['--first-parent'] : ['--topo-order']
  const range = without === undefined ? [tip] : [tip, `^${without}`]
  const output = await git(['rev-list', ...order, `--pretty=tformat:${knownFormat}`, '--end-of-options', ...range])
  const commits = parseKnown(output)
  const known = new Set(commits.map(({ hash }) => hash))
  const all = Array.from(output.matchAll(/^commit ([0-9a-f]{40})$/gm), ([, hash]) => hash!)
  return { commits, undated: all.filter((hash) => !known.has(hash)) }
}

async function facts(git: GitProcess, hashes: readonly string[]): Promise<Map<string, CommitFacts>> {
  const found = new Map<string, CommitFacts>()
  for (const [hash, { type, bytes }] of await readObjects(git, hashes)) {
    const commit = type === 'commit' ? readable(hash, bytes) : undefined
    if (commit !== undefined) found.set(hash, commit)
  }
  return found
}

/** undefined for a commit without a readable date. */
function readable(hash: string, bytes: Uint8Array): CommitFacts | undefined {
  try {
    return parseCommit(hash, bytes)
  } catch (error) {
    if (error instanceof IsobenchError) return undefined
    throw error
  }
}

/** Where something is missing, which commits it concerns is found by halving. */
async function changes(git: GitProcess, commits: readonly CommitPair[]): Promise<Map<string, StoredChange[] | null>> {
  if (commits.length === 0) return new Map()
  const input = commits.map(({ hash, base }) => `${hash} ${base}\n`).join('')
  try {
    const output = await git(['diff-tree', '--stdin', ...comparison, '--raw', '--numstat', '-z'], input)
    const found = parseStoredChanges(output)
    return new Map(commits.map(({ hash }) => [hash, found.get(hash) ?? []]))
  } catch (error) {
    if (!(error instanceof IsobenchError) || error.code !== 'corrupt-artifact') throw error
    if (commits.length === 1) return new Map([[commits[0]!.hash, null]])
    const middle = Math.ceil(commits.length / 2)
    const halves = [commits.slice(0, middle), commits.slice(middle)]
    const [first, second] = [await changes(git, halves[0]!), await changes(git, halves[1]!)]
    return new Map([...first, ...second])
  }
}

async function texts(git: GitProcess, blobs: readonly string[], maximumBytes: number): Promise<Map<string, string>> {
  const unique = [...new Set(blobs)]
  if (unique.length === 0) return new Map()
  const sizes = await git(['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize)'], lines(unique))
  const small = sizes.split('\n').flatMap((line) => {
    const [hash = '', type, size] = line.split(' ')
    return type === 'blob' && Number(size) <= maximumBytes ? [hash] : []
  })
  const decoder = new TextDecoder()
  const found = await readObjects(git, small)
  return new Map(Array.from(found, ([hash, { bytes }]) => [hash, decoder.decode(bytes)]))
}

function lines(hashes: readonly string[]): string {
  return hashes.map((hash) => `${hash}\n`).join('')
}
