import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, basename } from 'node:path'
import { child } from './child.ts'

/** A loopback HTTP server that serves one repository as a code host does. */
export interface GitServer {
  readonly url: string
  /** Requests so far, e.g. `POST /x.git/git-upload-pack`. */
  readonly requests: readonly string[]
  close(): Promise<void>
}

/** Serves a repository over git's smart HTTP protocol, by git's own CGI program. */
export async function serveRepository(directory: string): Promise<GitServer> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    answer(directory, request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/${basename(directory)}`,
    requests,
    close: () =>
      new Promise((resolve, reject) => {
        if (!server.listening) {
          resolve()
          return
        }
        server.closeAllConnections()
        server.close((error) => (error === undefined ? resolve() : reject(error)))
      }),
  }
}

async function answer(directory: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const { stdout: output } = await child('git', ['http-backend'], {
    input: Buffer.concat(chunks),
    env: {
      PATH: process.env['PATH'] ?? '',
      GIT_PROJECT_ROOT: dirname(directory),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  })
  const end = output.indexOf('\r\n\r\n')
  const headers = output.subarray(0, end).toString('latin1').split('\r\n')
  const status = headers.find((line) => line.startsWith('Status: '))?.slice('Status: '.length, 'Status: '.length + 3)
  response.statusCode = Number(status ?? '200')
  for (const line of headers.filter((header) => !header.startsWith('Status: '))) {
    response.setHeader(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim())
  }
  response.end(output.subarray(end + 4))
}
