import { createHash } from 'node:crypto'

/** One file of a revision: its git object, and for a large file the SHA-256 of what the pointer points to. */
export interface HubEntry {
  readonly oid: string
  readonly size: number
  readonly largeFile?: string
}

export interface HubCommit {
  readonly oid: string
  readonly parent: string | null
  readonly title: string
  readonly description: string
  readonly files: ReadonlyMap<string, HubEntry>
}

/** A change of a commit, as the NDJSON body of the commit call states it. */
export type HubChange =
  | { readonly key: 'file'; readonly value: { readonly path: string; readonly content: string } }
  | { readonly key: 'lfsFile'; readonly value: { readonly path: string; readonly oid: string; readonly size: number } }
  | { readonly key: 'deletedFile'; readonly value: { readonly path: string } }
  | { readonly key: 'deletedFolder'; readonly value: { readonly path: string } }

/** The git object of a file: `sha1("blob " + length + "\0" + bytes)`. */
export function blobOid(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

/** The pointer file that git keeps in place of a large file. */
export function pointerOf(sha256: string, size: number): Buffer {
  return Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${size}\n`)
}

/** One dataset repository of the loopback Hub: branches, tags and pull requests over whole-tree commits. */
export class HubRepository {
  readonly branches = new Map<string, string>()
  readonly tags = new Map<string, string>()
  readonly commits = new Map<string, HubCommit>()
  readonly blobs = new Map<string, Buffer>()
  readonly largeFiles = new Map<string, Buffer>()
  readonly name: string
  readonly isPrivate: boolean
  #pulls = 0

  constructor(name: string, isPrivate: boolean) {
    this.name = name
    this.isPrivate = isPrivate
    const attributes: HubChange = {
      key: 'file',
      value: { path: '.gitattributes', content: Buffer.from('*.parquet filter=lfs\n').toString('base64') },
    }
    this.branches.set('main', this.write(null, 'initial commit', '', [attributes]))
  }

  /** The commit that a branch, a tag, `HEAD`, a pull request or a full hash names. */
  commit(revision: string): HubCommit | undefined {
    const name = revision === 'HEAD' ? 'main' : revision
    return this.commits.get(this.branches.get(name) ?? this.tags.get(name) ?? name)
  }

  content(entry: HubEntry): Buffer {
    return (entry.largeFile === undefined ? this.blobs.get(entry.oid) : this.largeFiles.get(entry.largeFile))!
  }

  /** Text of every file of a revision by its path: what a person would see there. */
  texts(revision: string): Record<string, string> {
    return Object.fromEntries(
      [...this.commit(revision)!.files].map(([path, entry]) => [path, this.content(entry).toString('latin1')]),
    )
  }

  /** Opens the branch `refs/pr/N` at a commit. */
  openPull(at: string): string {
    const reference = `refs/pr/${++this.#pulls}`
    this.branches.set(reference, at)
    return reference
  }

  /** Adds a commit over a parent. A large file must be stored already. */
  write(parent: string | null, title: string, description: string, changes: readonly HubChange[]): string {
    const files = new Map(parent === null ? [] : this.commits.get(parent)!.files)
    for (const { key, value } of changes) {
      if (key === 'file') {
        const bytes = Buffer.from(value.content, 'base64')
        const oid = blobOid(bytes)
        this.blobs.set(oid, bytes)
        files.set(value.path, { oid, size: bytes.length })
      } else if (key === 'lfsFile') {
        const pointer = pointerOf(value.oid, value.size)
        files.set(value.path, { oid: blobOid(pointer), size: value.size, largeFile: value.oid })
      } else if (key === 'deletedFile') files.delete(value.path)
      else for (const path of files.keys()) if (path.startsWith(`${value.path}/`)) files.delete(path)
    }
    const tree = [...files].map(([path, entry]) => `${path} ${entry.oid}`).toSorted()
    const oid = createHash('sha1')
      .update(JSON.stringify([parent, title, tree, this.commits.size]))
      .digest('hex')
    this.commits.set(oid, { oid, parent, title, description, files })
    return oid
  }
}
