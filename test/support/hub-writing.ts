import { createHash } from 'node:crypto'
import { parseDocument } from 'yaml'
import { type Answer, type Hub, type Question, failure } from './hub-protocol.ts'
import { type HubChange, HubRepository } from './hub-repository.ts'

export function create(hub: Hub, { token, body }: Question): Answer {
  if (token === null) return failure(401, 'Unauthorized')
  const wanted = JSON.parse(body.toString()) as {
    name: string
    organization?: string | null
    private?: boolean
    visibility?: string
  }
  const name = `${wanted.organization ?? 'tester'}/${wanted.name}`
  if (hub.repositories.has(name)) return failure(409, 'You already created this dataset repo')
  const isPrivate = wanted.private === true || wanted.visibility === 'private'
  hub.repositories.set(name, new HubRepository(name, isPrivate))
  return { status: 200, body: { url: `${hub.url}/datasets/${name}`, name, id: name } }
}

function isLarge(hub: Hub, path: string, size: number): boolean {
  return path.endsWith('.parquet') || size >= hub.largeFromBytes
}

export function preupload(hub: Hub, repository: HubRepository, revision: string, { body }: Question): Answer {
  const base = repository.commit(revision)
  if (base === undefined) return failure(404, `Invalid rev id: ${revision}`, 'RevisionNotFound')
  const { files } = JSON.parse(body.toString()) as { files: { path: string; size: number }[] }
  return {
    status: 200,
    body: {
      files: files.map(({ path, size }) => ({
        path,
        uploadMode: isLarge(hub, path, size) ? 'lfs' : 'regular',
        shouldIgnore: false,
        oid: base.files.get(path)?.oid ?? null,
      })),
      commitOid: base.oid,
    },
  }
}

/** Git LFS batch: where each object that is not there yet must go, in one request or in parts. */
export function large(hub: Hub, repository: HubRepository, { token, body }: Question): Answer {
  if (token === null) return failure(401, 'Unauthorized')
  const { objects } = JSON.parse(body.toString()) as { objects: { oid: string; size: number }[] }
  const { partBytes } = hub
  const upload = ({ oid, size }: { oid: string; size: number }) => {
    const href = `${hub.url}/storage/${repository.name}/${oid}`
    if (partBytes === null) return { href }
    const count = Math.max(1, Math.ceil(size / partBytes))
    const numbers = Array.from({ length: count }, (_, index) => String(index + 1).padStart(5, '0'))
    return {
      href,
      header: { chunk_size: String(partBytes), ...Object.fromEntries(numbers.map((n) => [n, `${href}/${n}`])) },
    }
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/vnd.git-lfs+json' },
    body: {
      transfer: partBytes !== null ? 'multipart' : 'basic',
      objects: objects.map(({ oid, size }) =>
        repository.largeFiles.has(oid) ? { oid, size } : { oid, size, actions: { upload: upload({ oid, size }) } },
      ),
    },
  }
}

/** The storage behind large files: takes a whole file, one part, or the list of parts that completes a file. */
export function store(hub: Hub, { method, body }: Question, [, name = '', oid = '', part]: RegExpExecArray): Answer {
  const repository = hub.repositories.get(name)
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
  repository.largeFiles.set(oid, bytes)
  return { status: 200 }
}

interface CommitHeader {
  readonly key: 'header'
  readonly value: { readonly summary: string; readonly description?: string; readonly parentCommit?: string }
}

type CommitLine = HubChange | CommitHeader

/** A commit on a branch, or as a pull request beside it; refused when the branch has moved on. */
export function addCommit(
  hub: Hub,
  repository: HubRepository,
  reference: string,
  url: URL,
  { token, body }: Question,
): Answer {
  if (token === null) return failure(401, 'Unauthorized')
  const lines = body
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CommitLine)
  const header = lines.find((line) => line.key === 'header')?.value
  const changes = lines.filter((line) => line.key !== 'header')
  const head = repository.branches.get(reference)
  if (head === undefined) return failure(404, `Invalid rev id: ${reference}`, 'RevisionNotFound')
  const asPull = url.searchParams.get('create_pr') === '1'
  const parent = header?.parentCommit ?? head
  if (!asPull && parent !== head) return failure(412, 'A commit has happened since. Please refresh and try again.')
  for (const { key, value } of changes) {
    if (key === 'lfsFile' && !repository.largeFiles.has(value.oid)) {
      return failure(400, `LFS pointer pointed to a file that does not exist: ${value.path}`)
    }
  }
  const oid = repository.write(parent, header?.summary ?? '', header?.description ?? '', changes)
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

export function tag(repository: HubRepository, rest: string, { method, body }: Question): Answer {
  if (method === 'DELETE') return { status: repository.tags.delete(rest) ? 200 : 404 }
  const name = (JSON.parse(body.toString()) as { tag: string }).tag
  const commit = repository.commit(rest)
  if (commit === undefined) return failure(404, `Invalid rev id: ${rest}`, 'RevisionNotFound')
  if (repository.tags.has(name)) return failure(409, `Tag ${name} already exists`)
  repository.tags.set(name, commit.oid)
  return { status: 200 }
}

export function branch(repository: HubRepository, name: string, { method, body }: Question): Answer {
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

/** Whether the front matter of a card is YAML, as the Hub says before it takes one. */
export function validateCard({ body }: Question): Answer {
  const { content } = JSON.parse(body.toString()) as { content: string }
  const [, front = ''] = /^---\n(.*?)\n---\n/s.exec(content) ?? []
  const errors = parseDocument(front).errors.map(({ message }) => ({ message }))
  return { status: 200, body: { errors, warnings: [] } }
}
