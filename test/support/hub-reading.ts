import { createHash } from 'node:crypto'
import { type Answer, type Hub, type Question, failure } from './hub-protocol.ts'
import type { HubEntry, HubRepository } from './hub-repository.ts'

export function info(hub: Hub, repository: HubRepository, revision: string, url: URL): Answer {
  const commit = repository.commit(hub.lag !== null && /^(main|HEAD)$/.test(revision) ? hub.lag : revision)
  if (commit === undefined) return failure(404, `Invalid rev id: ${revision}`, 'RevisionNotFound')
  const entries = [...commit.files].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const withSizes = url.searchParams.get('blobs') !== null
  return {
    status: 200,
    body: {
      _id: createHash('sha1').update(repository.name).digest('hex').slice(0, 24),
      id: repository.name,
      author: repository.name.split('/')[0],
      sha: commit.oid,
      private: repository.isPrivate,
      gated: false,
      disabled: false,
      downloads: 0,
      likes: 0,
      tags: [],
      lastModified: '2026-01-01T00:00:00.000Z',
      createdAt: '2026-01-01T00:00:00.000Z',
      siblings: entries.map(([rfilename, entry]) =>
        withSizes ? { rfilename, size: entry.size, blobId: entry.oid, lfs: pointer(entry).lfs } : { rfilename },
      ),
    },
  }
}

function pointer(entry: HubEntry): Record<string, unknown> {
  return entry.largeFile === undefined
    ? {}
    : { lfs: { oid: entry.largeFile, sha256: entry.largeFile, size: entry.size, pointerSize: 132 } }
}

const listed = (path: string, entry: HubEntry) => ({
  type: 'file',
  path,
  oid: entry.oid,
  size: entry.size,
  ...pointer(entry),
})

/** What stands directly below a folder, or everything below it. */
export function tree(hub: Hub, repository: HubRepository, rest: string, url: URL): Answer {
  const [, revision, folder = ''] = /^(refs\/[^/]+\/[^/]+|[^/]+)(?:\/(.*))?$/.exec(rest)!
  const commit = repository.commit(hub.lag !== null && revision === 'main' ? hub.lag : revision!)
  if (commit === undefined) return failure(404, `Invalid rev id: ${revision}`, 'RevisionNotFound')
  const recursive = url.searchParams.get('recursive')?.toLowerCase() === 'true'
  const prefix = folder === '' ? '' : `${folder}/`
  const items = new Map<string, unknown>()
  for (const [path, entry] of commit.files) {
    if (!path.startsWith(prefix)) continue
    const parts = path.slice(prefix.length).split('/')
    for (let depth = 1; depth < (recursive ? parts.length : Math.min(parts.length, 2)); depth++) {
      const directory = prefix + parts.slice(0, depth).join('/')
      items.set(directory, { type: 'directory', path: directory, oid: commit.oid, size: 0 })
    }
    if (recursive || parts.length === 1) items.set(path, listed(path, entry))
  }
  if (items.size === 0 && folder !== '') return failure(404, `not found: ${folder}`, 'EntryNotFound')
  const all = [...items].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item)
  const start = Number(url.searchParams.get('cursor') ?? 0)
  const page = all.slice(start, start + 50)
  url.searchParams.set('cursor', String(start + 50))
  return {
    status: 200,
    body: page,
    ...(start + 50 < all.length ? { headers: { link: `<${url.href}>; rel="next"` } } : {}),
  }
}

export function pathsInfo(repository: HubRepository, revision: string, { body }: Question): Answer {
  const commit = repository.commit(revision)
  if (commit === undefined) return failure(404, `Invalid rev id: ${revision}`, 'RevisionNotFound')
  const text = body.toString()
  const paths = text.startsWith('{')
    ? [(JSON.parse(text) as { paths: string | string[] }).paths].flat()
    : new URLSearchParams(text).getAll('paths')
  return {
    status: 200,
    body: paths.flatMap((path): unknown[] => {
      const entry = commit.files.get(path)
      if (entry !== undefined) return [listed(path, entry)]
      const isFolder = path === '' || [...commit.files.keys()].some((file) => file.startsWith(`${path}/`))
      return isFolder ? [{ type: 'directory', path, oid: commit.oid, size: 0 }] : []
    }),
  }
}

const listedRefs = (kind: string, entries: readonly [string, string][]) =>
  entries.map(([name, targetCommit]) => ({ name, ref: `refs/${kind}/${name}`, targetCommit }))

/** Branches and tags, and the pull requests where they are asked for. */
export function refs(repository: HubRepository, url: URL): Answer {
  const all = [...repository.branches]
  const branches = all.filter(([name]) => !name.startsWith('refs/'))
  const pulls = all.flatMap(([ref, targetCommit]) =>
    ref.startsWith('refs/pr/') ? [{ name: ref.slice('refs/pr/'.length), ref, targetCommit }] : [],
  )
  const withPulls = url.searchParams.has('include_prs') ? { pullRequests: pulls } : {}
  return {
    status: 200,
    body: {
      branches: listedRefs('heads', branches),
      tags: listedRefs('tags', [...repository.tags]),
      converts: [],
      ...withPulls,
    },
  }
}

export function history(repository: HubRepository, revision: string): unknown[] {
  const found: unknown[] = []
  for (let at = repository.commit(revision); at !== undefined; at = repository.commits.get(at.parent ?? '')) {
    found.push({ id: at.oid, title: at.title, message: at.description, authors: [], date: '2026-01-01T00:00:00.000Z' })
  }
  return found
}

/** A file of a revision, whole or a range of it, with the headers by which the clients know what they got. */
export function download(repository: HubRepository, revision: string, path: string, { range }: Question): Answer {
  const commit = repository.commit(revision)
  if (commit === undefined) return failure(404, `Invalid rev id: ${revision}`, 'RevisionNotFound')
  const entry = commit.files.get(path)
  if (entry === undefined) return failure(404, `Entry not found: ${path}`, 'EntryNotFound')
  const content = repository.content(entry)
  const headers: Record<string, string> = {
    etag: `"${entry.largeFile ?? entry.oid}"`,
    'x-repo-commit': commit.oid,
    'accept-ranges': 'bytes',
    ...(entry.largeFile === undefined
      ? {}
      : { 'x-linked-etag': `"${entry.largeFile}"`, 'x-linked-size': String(entry.size) }),
  }
  const bounds = /^bytes=(\d+)-(\d*)$/.exec(range ?? '')
  if (bounds === null) return { status: 200, headers, body: content }
  const start = Number(bounds[1])
  const end = Math.min(bounds[2] === '' ? content.length : Number(bounds[2]) + 1, content.length)
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${start}-${end - 1}/${content.length}` },
    body: content.subarray(start, end),
  }
}
