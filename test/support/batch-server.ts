import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { completion, readBody } from './model-server.ts'

/** What becomes of one request of a job: an answer, a status with an error, or nothing before the job expires. */
export type Row = { readonly content: string } | { readonly status: number; readonly code: string } | 'expired'

export interface BatchServer {
  readonly url: string
  /** What was asked, e.g. `POST /v1/files` */
  readonly calls: string[]
  /** Bodies of the requests of every job, in order */
  readonly jobs: { model: string; [parameter: string]: unknown }[][]
  close(): Promise<void>
}

interface Line {
  readonly custom_id: string
  readonly url: string
  readonly body: { model: string; messages: { content: string }[] }
}

export interface BatchServerOptions {
  readonly row?: (body: Line['body'], index: number) => Row
  /** How often a job is seen in progress before it is over */
  readonly polls?: number
  /** A job that is refused as a whole, with this reason */
  readonly refusal?: string
  /** Called when a job was made; the answer goes out afterwards, or never when it gives false */
  readonly onCreate?: () => boolean
}

/** A loopback server of batch jobs as OpenAI has them: files up, a job, files down, rows in another order. */
export async function startBatchServer(options: BatchServerOptions = {}): Promise<BatchServer> {
  const files = new Map<string, string>()
  const jobs: { id: string; input: string; polls: number }[] = []
  const asked: BatchServer['jobs'] = []
  const calls: string[] = []
  const answer = (incoming: IncomingMessage, text: string): { status?: number; body: unknown } | 'nothing' => {
    const path = incoming.url!.split('?')[0]!
    calls.push(`${incoming.method} ${path}`)
    const [, kind, id] = /^\/v1\/(files|batches)(?:\/([\w-]+))?(?:\/content)?$/.exec(path) ?? []
    if (incoming.method === 'POST' && kind === 'files') {
      const [, content] = /filename="requests\.jsonl"[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(text)!
      files.set(`file-${files.size + 1}`, content!)
      return { body: { id: `file-${files.size}`, object: 'file', purpose: 'batch' } }
    }
    if (incoming.method === 'POST' && kind === 'batches') {
      const { input_file_id: input } = JSON.parse(text)
      jobs.push({ id: `batch-${jobs.length + 1}`, input, polls: options.polls ?? 0 })
      asked.push(linesOf(files.get(input)!).map(({ body }) => body))
      if (options.onCreate?.() === false) return 'nothing'
      return { body: state(jobs.at(-1)!) }
    }
    if (kind === 'batches' && id === undefined) return { body: { object: 'list', data: jobs.map(state) } }
    const job = jobs.find((one) => one.id === id)
    if (kind === 'batches' && job !== undefined) {
      const body = state(job)
      job.polls--
      return { body }
    }
    if (kind === 'files' && files.has(id!)) return { body: files.get(id!) }
    return { status: 404, body: { error: { message: 'no such thing', code: 'not_found' } } }
  }
  const state = ({ id, input, polls }: (typeof jobs)[number]): object => {
    const lines = linesOf(files.get(input)!)
    const common = { id, object: 'batch', endpoint: '/v1/chat/completions', input_file_id: input }
    if (polls > 0) {
      return { ...common, status: 'in_progress', request_counts: { completed: 0, failed: 0, total: lines.length } }
    }
    if (options.refusal !== undefined) {
      return { ...common, status: 'failed', errors: { data: [{ code: options.refusal, message: 'no' }] } }
    }
    const rows = lines.map((line, index) => ({ line, row: options.row?.(line.body, index) ?? { content: 'answer' } }))
    const output = rows.flatMap(({ line, row }, index) => (row === 'expired' ? [] : [outputLine(line, row, index)]))
    const errors = rows.flatMap(({ line, row }) => (row === 'expired' ? [expiredLine(line)] : []))
    const withFile = (name: string, made: readonly string[]) => {
      if (made.length === 0) return null
      files.set(`${name}-${id}`, made.toReversed().join(''))
      return `${name}-${id}`
    }
    return {
      ...common,
      status: errors.length > 0 ? 'expired' : 'completed',
      output_file_id: withFile('output', output),
      error_file_id: withFile('error', errors),
      request_counts: { completed: output.length, failed: errors.length, total: lines.length },
    }
  }
  const server = createServer((incoming, response) => {
    void readBody(incoming).then((text) => {
      const reply = answer(incoming, text)
      if (reply !== 'nothing') send(response, reply)
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => void server.close(resolve))
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, calls, jobs: asked, close }
}

function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

function outputLine({ custom_id }: Line, row: Exclude<Row, 'expired'>, index: number): string {
  const response =
    'content' in row
      ? { status_code: 200, request_id: `request-${index}`, body: completion(row) }
      : { status_code: row.status, request_id: null, body: { error: { code: row.code, message: 'refused' } } }
  return `${JSON.stringify({ id: `row-${index}`, custom_id, response, error: null })}\n`
}

function expiredLine({ custom_id }: Line): string {
  const error = { code: 'batch_expired', message: 'This request could not be executed before the completion window.' }
  return `${JSON.stringify({ id: 'row', custom_id, response: null, error })}\n`
}

function send(response: ServerResponse, { status = 200, body }: { status?: number; body: unknown }): void {
  response.writeHead(status, { 'content-type': typeof body === 'string' ? 'application/jsonl' : 'application/json' })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}
