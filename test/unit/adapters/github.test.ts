import { readFile, readdir } from 'node:fs/promises'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { pullRequests } from '../../../plugins/isobench/src/adapters/github.ts'
import { temporaryFolder } from '../../support/git-fixture.ts'

const token = 'ghp-canary-0123456789'
const hash = 'a'.repeat(40)
const pulls = `/repos/ada/demo/commits/${hash}/pulls`
const pull = {
  number: 7,
  html_url: 'https://github.com/ada/demo/pull/7',
  title: 'Faster',
  body: 'Fixes #3 and fixes #4\n\npython bench.py',
  merged_at: '2024-01-01T00:00:00Z',
  labels: [{ name: 'performance' }, { name: null }],
}

let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

type Answer = (request: IncomingMessage, response: ServerResponse) => void

function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    response.end(JSON.stringify(body))
  }
}

/** A server that speaks GitHub's REST protocol, by path; what is asked is kept. */
async function gitHub(answers: Readonly<Record<string, Answer>>) {
  const requests: string[] = []
  const made = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    if (request.headers.authorization !== `Bearer ${token}`)
      json(401, { message: 'Bad credentials' })(request, response)
    else (answers[request.url!] ?? json(404, { message: 'Not Found' }))(request, response)
  })
  server = made
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  const { port } = made.address() as AddressInfo
  const lines: string[] = []
  const directory = await temporaryFolder()
  const options = { apiUrl: `http://127.0.0.1:${port}`, owner: 'ada', repository: 'demo', token, directory }
  const log = (line: string) => void lines.push(line.replace(`:${port}`, ''))
  return { requests, lines, directory, options: { ...options, log }, ask: pullRequests({ ...options, log }) }
}

describe('a pull request', () => {
  test('is asked for once, with the issues that it closes, and kept', async () => {
    const hub = await gitHub({
      [pulls]: json(200, [{ ...pull, number: 6, merged_at: null }, pull]),
      '/repos/ada/demo/issues/3': json(200, { title: 'Too slow' }),
    })
    const wanted = {
      number: 7,
      url: 'https://github.com/ada/demo/pull/7',
      title: 'Faster',
      body: pull.body,
      labels: ['performance'],
      issues: [{ number: 3, title: 'Too slow' }],
    }
    expect(await hub.ask(hash)).toEqual(wanted)
    expect(hub.requests).toEqual([`GET ${pulls}`, 'GET /repos/ada/demo/issues/3', 'GET /repos/ada/demo/issues/4'])
    expect(await pullRequests(hub.options)(hash)).toEqual(wanted)
    expect(hub.requests).toHaveLength(3)
    expect(await readFile(join(hub.directory, `${hash}.json`), 'utf8')).not.toContain(token)
  })

  test('that is not there is kept as well, and one of endless text is cut', async () => {
    const hub = await gitHub({
      [pulls]: json(200, []),
      [pulls.replaceAll('a'.repeat(40), 'b'.repeat(40))]: json(200, [{ ...pull, body: 'é'.repeat(1_000_000) }]),
      [pulls.replaceAll('a'.repeat(40), 'c'.repeat(40))]: json(422, { message: 'No commit found for SHA' }),
    })
    expect(await hub.ask(hash)).toBeNull()
    expect(await hub.ask(hash)).toBeNull()
    expect((await hub.ask('b'.repeat(40)))?.body).toHaveLength(20_000)
    expect(await hub.ask('c'.repeat(40))).toBeNull()
    expect(hub.requests).toHaveLength(3)
    expect(hub.lines).toEqual([])
  })

  test('of a repository with another name now is found where the host says', async () => {
    const hub = await gitHub({
      [pulls]: json(301, { message: 'Moved Permanently' }, { location: '/repositories/1/pulls' }),
      '/repositories/1/pulls': json(200, [{ ...pull, body: null, labels: 'none' }]),
    })
    expect(await hub.ask(hash)).toMatchObject({ number: 7, body: '', labels: [] })
  })
})

describe('what nobody will tell is said in one line, and asked no more', () => {
  const reset = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1732813262' }
  test.each<[string, Answer, string]>([
    [
      'no right',
      json(403, { message: 'Resource not accessible' }),
      'HTTP 403, the token has no right to read this repository',
    ],
    [
      'the limit of an hour',
      json(403, { message: 'rate limit' }, reset),
      'HTTP 403, the limit of requests is reached until 2024-11-28T17:01:02Z',
    ],
    [
      'the second limit',
      json(403, { message: 'slow down' }, { 'retry-after': '60' }),
      'HTTP 403, the limit of requests is reached',
    ],
    ['too many requests', json(429, {}), 'HTTP 429, the limit of requests is reached'],
    ['no repository', json(404, {}), 'HTTP 404, no such repository, or the token may not see it'],
    ['a fault of the host', json(502, {}), 'HTTP 502'],
    ['another protocol', json(200, { not: 'a list' }), 'an answer that is none of GitHub’s'],
    ['another host', json(302, {}, { location: 'http://127.0.0.2:1/x' }), 'an answer that is none of GitHub’s'],
    [
      'a page',
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>login'),
      'an answer that is none of GitHub’s',
    ],
    ['a closed line', (request) => void request.socket.destroy(), 'no answer: other side closed'],
    [
      'an endless answer',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.on('error', () => undefined)
        const more = (): void => {
          while (!response.destroyed && response.write(' '.repeat(100_000)));
          if (!response.destroyed) response.once('drain', more)
        }
        more()
      },
      'no answer: an answer of more than 5000000 bytes',
    ],
  ])('%s', async (_, answer, reason) => {
    const hub = await gitHub({ [pulls]: answer })
    expect(await hub.ask(hash)).toBeNull()
    expect(await hub.ask('b'.repeat(40))).toBeNull()
    expect(hub.lines).toEqual([`pull requests are left out from here on, http://127.0.0.1: ${reason}`])
    expect(hub.requests).toHaveLength(1)
    expect(await readdir(hub.directory)).toEqual([])
  })

  test('a token that is not accepted', async () => {
    const hub = await gitHub({})
    expect(await pullRequests({ ...hub.options, token: 'ghp-other' })(hash)).toBeNull()
    expect(hub.lines.join()).toMatch(/HTTP 401, the token is not accepted$/)
    expect(hub.lines.join()).not.toContain('ghp-other')
  })
})
