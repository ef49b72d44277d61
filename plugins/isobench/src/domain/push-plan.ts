import type { Manifest } from '../schema/dataset.ts'

/** A file of the local build. */
export interface LocalFile {
  readonly path: string
  readonly sizeBytes: number
  /** SHA-256 of the content: how the Hub names a large file */
  readonly sha256: string
  /** `sha1("blob " + length + "\0" + content)`: how git names it otherwise */
  readonly gitOid: string
}

/** A file of a revision on the Hub. */
export interface RemoteFile {
  readonly path: string
  readonly sizeBytes: number
  readonly gitOid: string
  /** SHA-256 of the content where it is stored as a large file */
  readonly sha256: string | null
}

/** What a push would do. Paths stand in order. */
export interface PushPlan {
  readonly added: readonly LocalFile[]
  readonly changed: readonly LocalFile[]
  readonly unchanged: readonly LocalFile[]
  /** Files of an earlier build that are no part of this one */
  readonly deleted: readonly RemoteFile[]
  /** Files that no build wrote; a push leaves them alone */
  readonly foreign: readonly RemoteFile[]
  /** Paths of added and changed files whose bytes the Hub has under some name: nothing is sent for them */
  readonly stored: ReadonlySet<string>
}

/** The manifest in the repository, and the files whose content it does not vouch for. */
export interface RemoteBuild {
  readonly manifest: Manifest | null
  /** Paths whose content is what the manifest says */
  readonly asWritten: ReadonlySet<string>
}

/** Whether the Hub holds exactly these bytes. */
export function isSame(local: LocalFile, remote: RemoteFile): boolean {
  return remote.sha256 === null ? local.gitOid === remote.gitOid : local.sha256 === remote.sha256
}

/**
 * Compares a build with a revision of the Hub. Only files that the manifest of that revision names are deleted when the
 * build no longer has them.
 */
export function planPush(
  local: readonly LocalFile[],
  remote: readonly RemoteFile[],
  manifest: Manifest | null,
): PushPlan {
  const there = new Map(remote.map((file) => [file.path, file]))
  const here = new Set(local.map(({ path }) => path))
  const written = new Set(manifest?.files.map(({ path }) => path))
  const others = remote.filter(({ path }) => !here.has(path))
  const large = new Set(remote.map(({ sha256 }) => sha256))
  return {
    added: ordered(local.filter(({ path }) => !there.has(path))),
    changed: ordered(local.filter((file) => there.has(file.path) && !isSame(file, there.get(file.path)!))),
    unchanged: ordered(local.filter((file) => there.has(file.path) && isSame(file, there.get(file.path)!))),
    deleted: ordered(others.filter(({ path }) => written.has(path))),
    foreign: ordered(others.filter(({ path }) => !written.has(path))),
    stored: new Set(local.filter(({ sha256 }) => large.has(sha256)).map(({ path }) => path)),
  }
}

/** Whether a push would change nothing. */
export function isEmpty({ added, changed, deleted }: PushPlan): boolean {
  return added.length + changed.length + deleted.length === 0
}

/**
 * Files that would be overwritten or deleted although nobody can say that a build wrote them: edited by somebody, or
 * there before the first push.
 */
export function wouldBeLost({ changed, deleted }: PushPlan, { manifest, asWritten }: RemoteBuild): string[] {
  const paths = [...changed, ...deleted].map(({ path }) => path)
  return paths.filter((path) => !(manifest !== null && path === 'manifest.json') && !asWritten.has(path)).toSorted()
}

/** Rows that the Hub has and this build has not: another machine may have pushed them. */
export function lostRows(build: Manifest, remote: Manifest | null): string[] {
  const here = new Set(build.members)
  return (remote?.members ?? []).filter((id) => !here.has(id))
}

/** The plan for a person: a line a file, and the sums. */
export function planLines(plan: PushPlan): string[] {
  const note = ({ path }: LocalFile): string => (plan.stored.has(path) ? ', stored there already' : '')
  return [
    ...plan.added.map((file) => planLine('+', file, note(file))),
    ...plan.changed.map((file) => planLine('~', file, note(file))),
    ...plan.deleted.map((file) => planLine('-', file, '')),
    planSummary(plan),
  ]
}

function planLine(sign: string, { path, sizeBytes }: LocalFile | RemoteFile, note: string): string {
  return `${sign} ${path} (${bytesText(sizeBytes)}${note})`
}

/** e.g. `3 added, 1 changed, 40 unchanged, 0 deleted: 1.2 MB to send` */
export function planSummary({ added, changed, unchanged, deleted, stored }: PushPlan): string {
  const sent = [...added, ...changed].filter(({ path }) => !stored.has(path))
  const bytes = sent.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const counts = `${added.length} added, ${changed.length} changed, ${unchanged.length} unchanged, ${deleted.length} deleted`
  return `${counts}: ${bytesText(bytes)} to send`
}

/** e.g. `512 B`, `1.2 kB`, `3.4 MB` */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

function ordered<File extends { readonly path: string }>(files: readonly File[]): File[] {
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
