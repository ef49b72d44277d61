import { createHash } from 'node:crypto'
import { type HubChange, type HubEntry, HubRepository } from './hub-repository.ts'

/** The state of the loopback Hub. */
export interface Hub {
  readonly url: string
  readonly tokens: Set<string>
  /** Files from this size are large files, and so is every `.parquet` */
  readonly largeFromBytes: number
  /** Size of one part of a multipart upload; null: one request a file */
  readonly partBytes: number | null
  /** Answers reads of `main` with this older commit, as the real Hub's cache does for a while after a commit */
  lag: string | null
  readonly repositories: Map<string, HubRepository>
  /** Parts of unfinished multipart uploads, by `oid/number` */
  readonly parts: Map<string, Buffer>
}

export interface Question {
  readonly method: string
  readonly path: string
  readonly token: string | null
  readonly body: Buffer
  readonly range: string | null
}

export interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: unknown
}

const failure = (status: number, error: string, code?: string): Answer => ({
  status,
  headers: { 'x-error-message': error, ...(code === undefined ? {} : { 'x-error-code': code }) },
  body: { error },
})

/** The answer to one request, and its effect on the Hub. */
export function answerTo(hub: Hub, question: Question): Answer {
  const url = new URL(question.path, hub.url)
  const path = decodeURIComponent(url.pathname)
  const storage = /^\/storage\/([^/]+\/[^/]+)\/([0-9a-f]{64})(?:\/(\d+))?$/.exec(path)
  if (storage !== null) return store(hub, question, storage)
  if (question.token !== null && !hub.tokens.has(question.token)) return failure(401, 'Invalid credentials')
  if (path === '/api/whoami-v2') {
    return question.token === null
      ? failure(401, 'Unauthorized')
      : { status: 200, body: { name: 'tester', type: 'user' } }
  }
  if (path === '/api/repos/create') return create(hub, question)
  const call = /^\/api\/datasets\/([^/]+\/[^/]+)(?:\/([^/]+)(?:\/(.*))?)?$/.exec(path)
  const batch = /^\/datasets\/([^/]+\/[^/]+)\.git\/info\/lfs\/objects\/batch$/.exec(path)
  const file = /^\/datasets\/([^/]+\/[^/]+)\/(?:resolve|raw)\/(refs\/(?:pr|convert)\/[^/]+|[^/]+)\/(.+)$/.exec(path)
  const name = (call ?? batch ?? file)?.[1]
  const repository = name === undefined ? undefined : hub.repositories.get(name)
  if (repository === undefined || (repository.isPrivate && question.token === null)) {
    return failure(question.token === null ? 401 : 404, 'Repository not found', 'RepoNotFound')
  }
  if (batch !== null) return large(hub, repository, question)
  if (file !== null) return download(repository, file[2]!, file[3]!, question)
  const [, , verb, rest = ''] = call!
  if (question.method === 'POST' && question.token === null) return failure(403, 'No right to write')
  switch (verb) {
    case undefined:
      return info(hub, repository, 'main', url)
    case 'revision':
      return info(hub, repository, rest, url)
    case 'tree':
      return tree(hub, repository, rest, url)
    case 'paths-info':
      return pathsInfo(repository, rest, question)
    case 'preupload':
      return preupload(hub, repository, rest, question)
    case 'commit':
      return commit(hub, repository, rest, url, question)
    case 'tag':
      return tag(repository, rest, question)
    case 'branch':
      return branch(repository, rest, question)
    case 'refs':
      return refs(repository)
    case 'commits':
      return { status: 200, body: history(repository, rest) }
    default:
      return failure(404, `no such call: ${path}`)
  }
}

function create(hub: Hub, { token, body }: Question): Answer {
  if (token === null) return failure(401, 'Unauthorized')
  const wanted = JSON.parse(body.toString()) as Record<string, unknown>
  const name = `${String(wanted.organization ?? 'tester')}/${String(wanted.name)}`
  if (hub.repositories.has(name)) return failure(409, 'You already created this dataset repo')
  const isPrivate = wanted.private === true || wanted.visibility === 'private'
  hub.repositories.set(name, new HubRepository(name, isPrivate))
  return { status: 200, body: { url: `${hub.url}/datasets/${name}`, name, id: name } }
}

function info(hub: Hub, repository: HubRepository, revision: string, url: URL): Answer {
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
      siblings: entries.map(([rfilename, entry]) => ({
        rfilename,
        ...(withSizes ? { size: entry.size, blobId: entry.oid, ...pointer(entry) } : {}),
      })),
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
function tree(hub: Hub, repository: HubRepository, rest: string, url: URL): Answer {
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

function pathsInfo(repository: HubRepository, revision: string, { body }: Question): Answer {
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

function isLarge(hub: Hub, path: string, size: number): boolean {
  return path.endsWith('.parquet') || size >= hub.largeFromBytes
}

function preupload(hub: Hub, repository: HubRepository, revision: string, { body }: Question): Answer {
  const commit = repository.commit(revision)
  if (commit === undefined) return failure(404, `Invalid rev id: ${revision}`, 'RevisionNotFound')
  const { files } = JSON.parse(body.toString()) as { files: { path: string; size: number }[] }
  return {
    status: 200,
    body: {
      files: files.map(({ path, size }) => ({
        path,
        uploadMode: isLarge(hub, path, size) ? 'lfs' : 'regular',
        shouldIgnore: false,
        oid: commit.files.get(path)?.oid ?? null,
      })),
      commitOid: commit.oid,
    },
  }
}

/** Git LFS batch: where each object that is not there yet must go, in one request or in parts. */
function large(hub: Hub, repository: HubRepository, { token, body }: Question): Answer {
  if (token === null) return failure(401, 'Unauthorized')
  const { objects } = JSON.parse(body.toString()) as { objects: { oid: string; size: number }[] }
  const inParts = hub.partBytes !== null
  const upload = ({ oid, size }: { oid: string; size: number }) => {
    const href = `${hub.url}/storage/${repository.name}/${oid}`
    if (!inParts) return { href }
    const count = Math.max(1, Math.ceil(size / hub.partBytes!))
    const numbers = Array.from({ length: count }, (_, index) => String(index + 1).padStart(5, '0'))
    return {
      href,
      header: { chunk_size: String(hub.partBytes), ...Object.fromEntries(numbers.map((n) => [n, `${href}/${n}`])) },
    }
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/vnd.git-lfs+json' },
    body: {
      transfer: inParts ? 'multipart' : 'basic',
      objects: objects.map((object) => ({
        ...object,
        ...(repository.largeFiles.has(object.oid) ? {} : { actions: { upload: upload(object) } }),
      })),
    },
  }
}

/** The storage behind large files: takes a whole file, one part, or the list of parts that completes a file. */
function store(hub: Hub, { method, body }: Question, [, name, oid, part]: RegExpExecArray): Answer {
  const repository = hub.repositories.get(name!)
  if (repository === undefined) return failure(404, 'no such repository')
  if (method === 'PUT' && part !== undefined) {
    hub.parts.set(`${oid}/${Number(part)}`, body)
    return { status: 200, headers: { etag: `"${createHash('md5').update(body).digest('hex')}"` } }
  }
  let bytes = body
  if (method === 'POST') {
    const { parts } = JSON.parse(body.toString()) as { parts: { partNumber: number }[] }
    const found = parts.map(({ partNumber }) => hub.parts.get(`${oid}/${partNumber}`))
    if (found.includes(undefined)) return failure(400, 'a part is missing')
    bytes = Buffer.concat(found as Buffer[])
  }
  if (createHash('sha256').update(bytes).digest('hex') !== oid) return failure(400, 'content does not match its hash')
  repository.largeFiles.set(oid!, bytes)
  return { status: 200 }
}

function commit(hub: Hub, repository: HubRepository, reference: string, url: URL, { token, body }: Question): Answer {
  if (token === null) return failure(401, 'Unauthorized')
  const lines = body
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { key: string; value: Record<string, unknown> })
  const header = lines.find((line) => line.key === 'header')?.value ?? {}
  const changes = lines.filter((line) => line.key !== 'header') as unknown as HubChange[]
  const head = repository.branches.get(reference)
  if (head === undefined) return failure(404, `Invalid rev id: ${reference}`, 'RevisionNotFound')
  const asPull = url.searchParams.get('create_pr') === '1'
  const parent = (header.parentCommit as string | undefined) ?? head
  if (!asPull && parent !== head) return failure(412, 'A commit has happened since. Please refresh and try again.')
  for (const { key, value } of changes) {
    if (key === 'lfsFile' && !repository.largeFiles.has(value.oid)) {
      return failure(400, `LFS pointer pointed to a file that does not exist: ${value.path}`)
    }
  }
  const oid = repository.write(parent, String(header.summary), String(header.description ?? ''), changes)
  const target = asPull ? repository.openPull(parent) : reference
  repository.branches.set(target, oid)
  return {
    status: 200,
    body: {
      success: true,
      commitOid: oid,
      commitUrl: `${hub.url}/datasets/${repository.name}/commit/${oid}`,
      hookOutput: '',
      ...(asPull ? { pullRequestUrl: `${hub.url}/datasets/${repository.name}/discussions/${target.slice(8)}` } : {}),
    },
  }
}

function tag(repository: HubRepository, rest: string, { method, body }: Question): Answer {
  if (method === 'DELETE') return { status: repository.tags.delete(rest) ? 200 : 404 }
  const name = (JSON.parse(body.toString()) as { tag: string }).tag
  const commit = repository.commit(rest)
  if (commit === undefined) return failure(404, `Invalid rev id: ${rest}`, 'RevisionNotFound')
  if (repository.tags.has(name)) return failure(409, `Tag ${name} already exists`)
  repository.tags.set(name, commit.oid)
  return { status: 200 }
}

function branch(repository: HubRepository, name: string, { method, body }: Question): Answer {
  if (method === 'DELETE') return { status: repository.branches.delete(name) ? 200 : 404 }
  if (repository.branches.has(name)) return failure(409, `Branch ${name} already exists`)
  const { startingPoint = 'main' } = (body.length === 0 ? {} : JSON.parse(body.toString())) as {
    startingPoint?: string
  }
  const commit = repository.commit(startingPoint)
  if (commit === undefined) return failure(404, `Invalid rev id: ${startingPoint}`, 'RevisionNotFound')
  repository.branches.set(name, commit.oid)
  return { status: 200 }
}

function refs(repository: HubRepository): Answer {
  const list = (kind: string, entries: Iterable<[string, string]>) =>
    [...entries].map(([name, targetCommit]) => ({ name, ref: `refs/${kind}/${name}`, targetCommit }))
  const branches = [...repository.branches].filter(([name]) => !name.startsWith('refs/'))
  return { status: 200, body: { branches: list('heads', branches), tags: list('tags', repository.tags), converts: [] } }
}

function history(repository: HubRepository, revision: string): unknown[] {
  const found: unknown[] = []
  for (let at = repository.commit(revision); at !== undefined; at = repository.commits.get(at.parent ?? '')) {
    found.push({ id: at.oid, title: at.title, message: at.description, authors: [], date: '2026-01-01T00:00:00.000Z' })
  }
  return found
}

/** A file of a revision, whole or a range of it, with the headers by which the clients know what they got. */
function download(repository: HubRepository, revision: string, path: string, { range }: Question): Answer {
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
