import { IsobenchError } from '../errors.ts'
import type { ChangedFile } from '../schema/analysis.ts'

/** What a commit object says of itself. */
export interface CommitFacts {
  readonly hash: string
  /** Full hash of its tree */
  readonly tree: string
  /** Full hashes, first parent first; none for a root commit */
  readonly parents: readonly string[]
  /** The whole message without the newlines at its end; bytes that are no text in its encoding are U+FFFD */
  readonly message: string
  /** RFC 3339 in UTC; null where the commit has no readable one */
  readonly authorDate: string | null
  readonly commitDate: string
}

/** The part of `CommitFacts` that needs no reading of the commit object. */
export type KnownCommit = Pick<CommitFacts, 'hash' | 'parents' | 'commitDate'>

/** One file that differs between two trees. Paths: bytes that are no UTF-8 are U+FFFD. */
export interface RawChange {
  /** At head; at base for a deleted file */
  readonly path: string
  /** At base, where it differs */
  readonly oldPath: string | null
  readonly change: ChangedFile['change']
  /** null for a binary file */
  readonly linesAdded: number | null
  readonly linesRemoved: number | null
}

/** One such file with what is stored of it: the hashes of its blobs, null on the side where it is not, or is no file. */
export interface StoredChange extends RawChange {
  readonly baseBlob: string | null
  readonly headBlob: string | null
}

/** One entry of a tree, all levels deep. */
export interface TreeEntry {
  readonly mode: string
  readonly type: string
  readonly hash: string
  readonly path: string
}

/**
 * Reads a commit object as `git cat-file commit` prints it.
 * @throws IsobenchError `bad-input` when its date cannot be read
 */
export function parseCommit(hash: string, bytes: Uint8Array): CommitFacts {
  const latin1 = new TextDecoder('latin1').decode(bytes)
  const end = latin1.indexOf('\n\n')
  const headers = (end < 0 ? latin1 : latin1.slice(0, end)).split('\n')
  const value = (key: string) => headers.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1)
  const commitDate = instant(value('committer'))
  if (commitDate === null) throw new IsobenchError('bad-input', `commit without a readable date: ${hash}`)
  const body = end < 0 ? new Uint8Array() : bytes.subarray(end + 2)
  return {
    hash,
    tree: value('tree') ?? unreadable(latin1),
    parents: headers.filter((line) => line.startsWith('parent ')).map((line) => line.slice('parent '.length)),
    message: decoder(value('encoding')).decode(body).replace(/\n+$/, ''),
    authorDate: instant(value('author')),
    commitDate,
  }
}

/** The format in which `git rev-list --pretty` prints what `parseKnown` reads. */
export const knownFormat = '%H %ct %P'

/** Reads commits in `knownFormat`. One without a readable date is left out. */
export function parseKnown(output: string): KnownCommit[] {
  return output.split('\n').flatMap((line) => {
    const [, hash, seconds, parents] = /^([0-9a-f]{40}) (\d{1,12}) ?((?:[0-9a-f]{40} ?)*)$/.exec(line) ?? []
    const commitDate = dateOf(seconds)
    if (hash === undefined || commitDate === null) return [] // among them the header of each commit
    return [{ hash, parents: parents === '' ? [] : parents!.split(' '), commitDate }]
  })
}

/** `Name <mail> 1732813262 -0800` as an instant; null where the seconds are missing or past the year 9999. */
function instant(person: string | undefined): string | null {
  return dateOf(/ (\d{1,12}) [+-]\d{4}$/.exec(person ?? '')?.[1])
}

function dateOf(seconds: string | undefined): string | null {
  const date = new Date(Number(seconds ?? Number.NaN) * 1000)
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999) return null
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

function decoder(encoding: string | undefined): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding ?? 'utf-8')
  } catch {
    return new TextDecoder('utf-8') // git does not check the name of an encoding
  }
}

const changeOfStatus: Record<string, ChangedFile['change']> = {
  A: 'added',
  C: 'copied',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  T: 'type-changed',
}

/** Reads the output of `git diff-tree -r --raw --numstat -M -z`: all raw entries, then all counts in the same order. */
export function parseChanges(output: string): RawChange[] {
  return readChanges(output, output.split('\0'), 0).changes.map(withoutBlobs)
}

/** Reads the same for many pairs, from `git diff-tree --stdin`: by the first commit of each pair that differs. */
export function parseManyChanges(output: string): Map<string, RawChange[]> {
  return new Map(Array.from(parseStoredChanges(output), ([hash, changes]) => [hash, changes.map(withoutBlobs)]))
}

/** The same, each with the hashes of its blobs. */
export function parseStoredChanges(output: string): Map<string, StoredChange[]> {
  const fields = output.split('\0')
  const found = new Map<string, StoredChange[]>()
  for (let position = 0; position < fields.length - 1;) {
    const hash = /^[0-9a-f]{40}$/.exec(fields[position]!)?.[0] ?? unreadable(output)
    const read = readChanges(output, fields, position + 1)
    found.set(hash, read.changes)
    position = read.position
  }
  return found
}

function readChanges(output: string, fields: readonly string[], start: number) {
  let position = start
  const next = () => fields[position++] ?? unreadable(output)
  const raw: Omit<StoredChange, 'linesAdded' | 'linesRemoved'>[] = []
  while (fields[position]?.startsWith(':') === true) {
    const [oldMode = '', newMode = '', oldHash = '', newHash = '', status = ''] = next().slice(1).split(' ')
    const change = changeOfStatus[status.charAt(0)] ?? unreadable(output)
    const oldPath = change === 'renamed' || change === 'copied' ? next() : null
    const submodule = oldMode === '160000' || newMode === '160000'
    const blobs = { baseBlob: blobOf(oldMode, oldHash), headBlob: blobOf(newMode, newHash) }
    raw.push({ path: next(), oldPath, change: submodule ? 'submodule' : change, ...blobs })
  }
  const changes = raw.map((entry): StoredChange => {
    const [added = '', removed = '', numberedPath = ''] = next().split('\t')
    if (numberedPath === '') position += 2 // a rename: both paths follow
    return Object.assign(entry, { linesAdded: count(added), linesRemoved: count(removed) })
  })
  return { changes, position }
}

function withoutBlobs({ path, oldPath, change, linesAdded, linesRemoved }: StoredChange): RawChange {
  return { path, oldPath, change, linesAdded, linesRemoved }
}

/** Regular files alone: a symbolic link and a submodule have nothing to read. */
function blobOf(mode: string, hash: string): string | null {
  return mode.startsWith('100') ? hash : null
}

function count(digits: string): number | null {
  return digits === '-' ? null : Number(digits)
}

/** Reads the output of `git ls-tree -r -z --full-tree`. */
export function parseTree(output: string): TreeEntry[] {
  return output
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t')
      const [mode = '', type = '', hash = ''] = line.slice(0, tab).split(' ')
      return { mode, type, hash, path: line.slice(tab + 1) }
    })
}

function unreadable(output: string): never {
  throw new Error(`cannot read the output of git: ${JSON.stringify(output.slice(0, 200))}`)
}
