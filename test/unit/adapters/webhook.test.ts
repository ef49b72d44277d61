import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { postJson } from '../../../plugins/isobench/src/adapters/webhook.ts'

let server: Server
let url: string
let received: { method: string | undefined; type: string | undefined; body: string }[]
let answers: ((request: IncomingMessage, response: ServerResponse) => void)[]
let waits: number[]

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(code, headers).end('secret-looking body')
const cut = (request: IncomingMessage) => void request.socket.destroy()
const never = () => undefined

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await Array.fromAsync(request)).toString()
  received.push({ method: request.method, type: request.headers['content-type'], body })
  const answer = answers.shift() ?? status(204)
  answer(request, response)
}

beforeEach(async () => {
  received = []
  waits = []
  answers = []
  server = createServer((request, response) => void serve(request, response))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/s3cr3t-path`
})
afterEach(() => {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(resolve))
})

const post = (address = url) =>
  postJson(
    { text: 'Grüße' },
    {
      url: address,
      name: 'ISOBENCH_WEBHOOK_URL',
      timeoutSeconds: 2,
      wait: async (seconds) => void waits.push(seconds),
    },
  )

describe('a message', () => {
  test('is posted once as JSON', async () => {
    await post()
    expect(received).toEqual([{ method: 'POST', type: 'application/json', body: '{"text":"Grüße"}' }])
  })

  test.each([
    ['500', status(500)],
    ['429', status(429)],
    ['a lost connection', cut],
    ['no answer', never],
  ])('is posted again after %s', async (_, answer) => {
    answers = [answer]
    await post()
    expect(received).toHaveLength(2)
    expect(waits).toHaveLength(1)
  })

  test('waits as long as it is asked to, but a minute at most', async () => {
    answers = [status(429, { 'retry-after': '7' }), status(503, { 'retry-after': '100000' })]
    await post()
    expect(waits[0]).toBeGreaterThanOrEqual(7)
    expect(waits[0]).toBeLessThan(12)
    expect(waits[1]).toBeLessThanOrEqual(90)
  })

  test('is given up after four tries', async () => {
    answers = Array.from({ length: 9 }, () => status(500))
    await expect(post()).rejects.toMatchObject({ code: 'network', message: expect.stringContaining('HTTP 500') })
    expect(received).toHaveLength(4)
  })

  test.each([400, 401, 404, 302])('is not posted again after %i, and a redirect is not followed', async (code) => {
    answers = [status(code, { location: '/elsewhere' })]
    await expect(post()).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining(`HTTP ${code}`) })
    expect(received).toHaveLength(1)
  })
})

test.each(['', 'no url', 'ftp://host/s3cr3t-path', 'http://127.0.0.1:1/s3cr3t-path'])(
  'no error tells the address: %s',
  async (address) => {
    const error = await post(address).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ name: 'IsobenchError', message: expect.stringContaining('ISOBENCH_WEBHOOK_URL') })
    expect(JSON.stringify(error) + String(error)).not.toMatch(/s3cr3t|127\.0\.0\.1/)
  },
)
