import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it came over the wire. */
export interface ModelRequest {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: {
    readonly model: string
    readonly messages: readonly { readonly role: string; readonly content: string }[]
    readonly [parameter: string]: unknown
  }
}

/** A chat completion, an HTTP answer as it is, or a fault of the wire. */
export type Reply =
  | {
      readonly content: string | null
      readonly refusal?: string
      readonly finishReason?: string
      readonly usage?: unknown
      readonly delaySeconds?: number
    }
  | { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly fault: 'stall' | 'stall-in-body' | 'cut-body' | 'hang-up' }

export interface ModelServer {
  /** The base URL, e.g. `http://127.0.0.1:40123/v1` */
  readonly url: string
  readonly requests: readonly ModelRequest[]
  close(): Promise<void>
}

/**
 * A loopback server that speaks the OpenAI protocol.
 * @param reply the answers in order (the last one again and again), or what to answer to a request
 */
export async function startModelServer(
  reply: readonly Reply[] | ((request: ModelRequest, index: number) => Reply),
): Promise<ModelServer> {
  const requests: ModelRequest[] = []
  const server = createServer((incoming, response) => {
    void readBody(incoming).then((text) => {
      if (incoming.method !== 'POST' || !incoming.url!.endsWith('/chat/completions')) {
        send(response, { status: 404, body: { error: { message: 'no such path', code: 'not_found' } } }, 0)
        return
      }
      const request: ModelRequest = { path: incoming.url!, headers: incoming.headers, body: JSON.parse(text) }
      const index = requests.push(request) - 1
      const chosen = typeof reply === 'function' ? reply(request, index) : reply[Math.min(index, reply.length - 1)]!
      send(response, chosen, index)
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, requests, close }
}

export async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, reply: Reply, index: number): void {
  if ('fault' in reply) {
    misbehave(response, reply.fault)
  } else if ('status' in reply) {
    const isPage = typeof reply.body === 'string'
    response.writeHead(reply.status, { 'content-type': isPage ? 'text/html' : 'application/json', ...reply.headers })
    response.end(isPage ? reply.body : JSON.stringify(reply.body))
  } else {
    const answer = () => {
      response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': `request-${index + 1}` })
      response.end(JSON.stringify(completion(reply)))
    }
    setTimeout(answer, (reply.delaySeconds ?? 0) * 1000)
  }
}

function misbehave(response: ServerResponse, fault: 'stall' | 'stall-in-body' | 'cut-body' | 'hang-up'): void {
  if (fault === 'stall') return
  if (fault === 'hang-up') {
    response.destroy()
    return
  }
  const text = JSON.stringify(completion({ content: 'x'.repeat(1000) }))
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length })
  response.write(text.slice(0, 500), () => {
    if (fault === 'cut-body') response.destroy()
  })
}

/** The body of a chat completion. */
export function completion(reply: Extract<Reply, { content: string | null }>) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'model-a-2026',
    choices: [
      {
        index: 0,
        finish_reason: reply.finishReason ?? 'stop',
        message: { role: 'assistant', content: reply.content, refusal: reply.refusal ?? null },
      },
    ],
    usage: reply.usage ?? {
      prompt_tokens: 1000,
      completion_tokens: 300,
      total_tokens: 1300,
      completion_tokens_details: { reasoning_tokens: 200 },
      prompt_tokens_details: { cached_tokens: 100 },
    },
  }
}
