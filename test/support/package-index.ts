import { once } from 'node:events'
import { type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sha256 } from '../../plugins/isobench/src/adapters/files.ts'
import { type TestWheel, makeWheels } from './wheels.ts'

interface Published {
  readonly project: string
  readonly filename: string
  readonly content: Uint8Array
  readonly uploadTime: string
}

/** A loopback package index (PEP 691, with upload times) that keeps a list of what it was asked. */
export interface PackageIndex {
  /** The folder above that of each package */
  readonly url: string
  /** `METHOD /path` of each request, in order */
  readonly requests: string[]
  /** Puts wheels on the index. @param uploadTime RFC 3339 */
  publish(wheels: readonly TestWheel[], uploadTime?: string): Promise<void>
  /** Names of files that are listed without their digest */
  readonly withoutDigest: Set<string>
  /** Keeps listing a file but answers 404 for it. */
  withdraw(filename: string): void
  /** Sends the first half of a file and then nothing. @returns when somebody asked for it */
  stall(filename: string): Promise<void>
  /** Sends stalled files whole again to whoever asks from now on. */
  resume(): void
  close(): Promise<void>
}

export async function startPackageIndex(): Promise<PackageIndex> {
  const published: Published[] = []
  const requests: string[] = []
  const withdrawn = new Set<string>()
  const withoutDigest = new Set<string>()
  const stalled = new Map<string, () => void>()
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/')
    requests.push(`${request.method} ${path}`)
    const [, folder, name] = path.split('/')
    const file = published.find(({ filename }) => folder === 'files' && filename === name)
    const listed = published.filter(({ project }) => folder === 'simple' && project === name)
    if (listed.length > 0) answer(response, 'application/vnd.pypi.simple.v1+json', list(name!, listed, withoutDigest))
    else if (file === undefined || withdrawn.has(file.filename)) response.writeHead(404).end()
    else if (!stalled.has(file.filename)) answer(response, 'application/octet-stream', file.content)
    else {
      response.writeHead(200, { 'content-length': file.content.length })
      response.write(file.content.subarray(0, file.content.length / 2), () => stalled.get(file.filename)!())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`,
    requests,
    withoutDigest,
    publish: async (wheels, uploadTime = '2023-01-01T00:00:00Z') => {
      const contents = await makeWheels(wheels)
      for (const [index, { name, version, tag = 'py3-none-any' }] of wheels.entries()) {
        const filename = `${name.replaceAll('-', '_')}-${version}-${tag}.whl`
        published.push({ project: name, filename, content: contents[index]!, uploadTime })
      }
    },
    withdraw: (filename) => void withdrawn.add(filename),
    stall: (filename) => new Promise((resolve) => void stalled.set(filename, resolve)),
    resume: () => stalled.clear(),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function list(name: string, files: readonly Published[], withoutDigest: ReadonlySet<string>): string {
  return JSON.stringify({
    meta: { 'api-version': '1.1' },
    name,
    versions: files.map(({ filename }) => filename.split('-')[1]),
    files: files.map(({ filename, content, uploadTime }) => ({
      filename,
      url: `/files/${filename}`,
      hashes: withoutDigest.has(filename) ? {} : { sha256: sha256(content) },
      size: content.length,
      'upload-time': uploadTime,
    })),
  })
}

function answer(response: ServerResponse, type: string, content: string | Uint8Array): void {
  const bytes = Buffer.from(content)
  response.writeHead(200, { 'content-length': bytes.length, 'content-type': type }).end(bytes)
}
