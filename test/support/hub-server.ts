import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer, Hub } from './hub-protocol.ts'
import { answerTo } from './hub-routes.ts'
import { HubRepository } from './hub-repository.ts'

/**
 * What goes wrong with a request. `status` answers without doing anything; `afterwards` does what was asked and then
 * answers so; `cut` closes the connection before anything is done, `cut-after` once it is done.
 */
export type HubFault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly afterwards?: boolean }
  | 'cut'
  | 'cut-after'

export interface HubRequest {
  readonly method: string
  /** Path with the query */
  readonly path: string
  readonly bodyBytes: number
  readonly token: string | null
}

export interface HubServer extends Hub {
  readonly url: string
  /** Every request, in order */
  readonly requests: HubRequest[]
  /** Asked before each request; called with its number in the order of arrival, from 0 */
  fault: (request: HubRequest, index: number) => HubFault | undefined
  repository(name: string): HubRepository
  close(): Promise<void>
}

/** A loopback server that speaks the part of the Hub's protocol that a dataset push and its readers use. */
export async function startHub(
  options: { readonly tokens?: readonly string[]; readonly largeFrom?: number; readonly partBytes?: number } = {},
): Promise<HubServer> {
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    void serve(hub, request, response)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const hub: HubServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens: new Set(options.tokens ?? ['hf_test']),
    largeFromBytes: options.largeFrom ?? 4096,
    partBytes: options.partBytes ?? null,
    lag: null,
    repositories: new Map(),
    parts: new Map(),
    requests: [],
    fault: () => undefined,
    repository(name) {
      const found = this.repositories.get(name)
      if (found !== undefined) return found
      const made = new HubRepository(name, true)
      this.repositories.set(name, made)
      return made
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return hub
}

async function serve(hub: HubServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
  } catch {
    return // the client went away in the middle of its body: nothing to answer, nothing done
  }
  const body = Buffer.concat(chunks)
  const seen: HubRequest = {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    bodyBytes: body.length,
    token: /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? null,
  }
  const fault = hub.fault(seen, hub.requests.push(seen) - 1)
  if (fault === 'cut') return void request.socket.destroy()
  if (typeof fault === 'object' && fault.afterwards !== true) {
    return void response.writeHead(fault.status, fault.headers).end(JSON.stringify({ error: 'injected' }))
  }
  const answer = answerTo(hub, { ...seen, body, range: request.headers.range ?? null })
  if (fault === 'cut-after') return void request.socket.destroy()
  if (typeof fault === 'object') return void response.writeHead(fault.status, fault.headers).end('{"error":"injected"}')
  send(answer, seen.method, response)
}

function send(answer: Answer, method: string, response: ServerResponse): void {
  const bytes = Buffer.isBuffer(answer.body) ? answer.body : Buffer.from(JSON.stringify(answer.body ?? {}))
  response.writeHead(answer.status, {
    'content-type': Buffer.isBuffer(answer.body) ? 'application/octet-stream' : 'application/json',
    'content-length': bytes.length,
    ...answer.headers,
  })
  response.end(method === 'HEAD' ? undefined : bytes)
}
