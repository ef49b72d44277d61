import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What a host answers instead of what it has. `cut`: announces the whole file and ends after half of it. `reset`: resets
 * the connection without an answer.
 */
export type Fault = { readonly status: number; readonly times?: number } | 'cut' | 'reset'

/** Bytes as an array has them, or made when they are asked for. */
export type Bytes = Pick<Uint8Array, 'length' | 'subarray'>

/** A loopback host of wheels that keeps a list of what it was asked. */
export interface WheelHost {
  readonly url: string
  /** Path with leading slash to content */
  readonly files: Map<string, string | Bytes>
  readonly faults: Map<string, Fault>
  /** `METHOD /path` of each request, in order */
  readonly requests: string[]
  /** Bytes of content that were sent, so far */
  sentBytes: number
  /** Whether a request for a range gets that part; default: yes */
  givesRanges: boolean
  close(): Promise<void>
}

export async function startWheelHost(): Promise<WheelHost> {
  const files: WheelHost['files'] = new Map()
  const faults: WheelHost['faults'] = new Map()
  const requests: string[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/')
    requests.push(`${request.method} ${path}`)
    const fault = faults.get(path)
    if (fault === 'reset') {
      request.socket.resetAndDestroy()
      return
    }
    if (fault !== undefined && fault !== 'cut') {
      if (fault.times === 1) faults.delete(path)
      else if (fault.times !== undefined) faults.set(path, { ...fault, times: fault.times - 1 })
      response.writeHead(fault.status).end()
      return
    }
    const content = files.get(path)
    if (content === undefined) {
      response.writeHead(404).end()
      return
    }
    const bytes: Bytes = typeof content === 'string' ? Buffer.from(content) : content
    const type = typeof content === 'string' ? 'text/html' : 'application/octet-stream'
    const range = host.givesRanges ? rangeOf(request.headers.range, bytes.length) : undefined
    if (range === 'none') {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
      return
    }
    const { start, end } = range ?? { start: 0, end: bytes.length }
    const part = range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }
    const headers = { 'content-length': end - start, 'content-type': type, ...part }
    response.writeHead(range === undefined ? 200 : 206, headers)
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    const sent = bytes.subarray(start, end)
    host.sentBytes += sent.length
    if (fault === 'cut') response.write(sent.subarray(0, sent.length / 2), () => response.destroy())
    else response.end(sent)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const host: WheelHost = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    faults,
    requests,
    sentBytes: 0,
    givesRanges: true,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return host
}

/** The bytes that a `Range` header asks for; undefined: all of them; `none`: no byte is in that range. */
function rangeOf(header: string | undefined, length: number): { start: number; end: number } | 'none' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined) return undefined
  const start = first === '' ? Math.max(0, length - Number(last)) : Number(first)
  const end = first === '' || last === '' ? length : Math.min(length, Number(last) + 1)
  return start < end ? { start, end } : 'none'
}
