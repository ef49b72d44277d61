import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/**
 * A server of Nx's self-hosted remote cache protocol as a process of its own:
 * `READ_TOKEN=… WRITE_TOKEN=… node remote-cache-process.ts FOLDER`. An entry is the file `FOLDER/<hash>`, and is
 * written once: a second PUT of its hash is refused. Prints its URL, then a line for each request.
 */
const [folder] = process.argv.slice(2) as [string]
const tokens = { read: process.env['READ_TOKEN'], write: process.env['WRITE_TOKEN'] }

const server = createServer((request, response) => {
  answer(request, response)
    .then((status) => console.log(`${request.method} ${request.url} ${status}`))
    .catch((error: unknown) => response.destroy(error as Error))
})
await mkdir(folder, { recursive: true })
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))

async function answer(request: IncomingMessage, response: ServerResponse): Promise<number> {
  const body = await bodyOf(request)
  const [, hash] = /^\/v1\/cache\/([0-9a-f]+|[0-9]+)$/.exec(request.url ?? '') ?? []
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  const isWriter = bearer === tokens.write
  if (!isWriter && bearer !== tokens.read) return end(response, 401)
  if (hash === undefined) return end(response, 404)
  const file = join(folder, hash)
  const exists = await stat(file).then(Boolean, () => false)
  if (request.method === 'GET') return exists ? end(response, 200, await readFile(file)) : end(response, 404)
  if (request.method !== 'PUT') return end(response, 405)
  if (!isWriter) return end(response, 403)
  if (exists) return end(response, 409)
  const temporary = join(folder, `${randomUUID()}.tmp`)
  await writeFile(temporary, body)
  await rename(temporary, file)
  return end(response, 200)
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function end(response: ServerResponse, status: number, body: Uint8Array = new Uint8Array()): number {
  response.writeHead(status, { 'content-type': 'application/octet-stream', 'content-length': body.length })
  response.end(body)
  return status
}
