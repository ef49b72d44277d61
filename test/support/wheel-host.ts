import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What a host answers instead of what it has. `cut`: announces the whole file and ends after half of it. `reset`: resets
 * the connection without an answer.
 */
export type Fault = { readonly status: number; readonly times?: number } | 'cut' | 'reset'

/** A loopback host of wheels that keeps a list of what it was asked. */
export interface WheelHost {
  readonly url: string
  /** Path with leading slash to content */
  readonly files: Map<string, string | Uint8Array>
  readonly faults: Map<string, Fault>
  /** `METHOD /path` of each request, in order */
  readonly requests: string[]
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
    const bytes = Buffer.from(content)
    const type = typeof content === 'string' ? 'text/html' : 'application/octet-stream'
    response.writeHead(200, { 'content-length': bytes.length, 'content-type': type })
    if (request.method === 'HEAD') response.end()
    else if (fault === 'cut') response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
    else response.end(bytes)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    faults,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
