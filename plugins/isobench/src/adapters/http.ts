import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { IsobenchError } from '../errors.ts'

const tries = 3
const waitMilliseconds = 300
const timeoutMilliseconds = 60_000

/**
 * Asks a host, again when it fails: a status of 500 and above, or no answer.
 * @returns any answer below 500
 * @throws IsobenchError `network`
 */
export async function ask(
  url: string,
  method: 'GET' | 'HEAD',
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(url, { method, headers, signal: AbortSignal.timeout(timeoutMilliseconds) }).catch(
      (error: unknown) => error,
    )
    if (answer instanceof Response && answer.status < 500 && answer.status !== 429) return answer
    if (attempt === tries) throw unreachable(url, answer)
    await wait(waitMilliseconds * attempt)
  }
}

/**
 * Fetches a file whole.
 * @param path where to write it
 * @throws IsobenchError `network`, also when the host ends before it sent all it announced
 */
export async function download(url: string, path: string): Promise<void> {
  await save(await ask(url, 'GET'), url, path)
}

/** Writes what a host answered to a file. @throws IsobenchError `network`, as `download` */
export async function save(answer: Response, url: string, path: string): Promise<void> {
  if (!answer.ok || answer.body === null) throw unreachable(url, answer)
  try {
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(path))
  } catch (cause) {
    throw unreachable(url, cause)
  }
}

/** The text of an answer. @throws IsobenchError `network` when the host ends before it sent all of it */
export async function textOf(answer: Response, url: string): Promise<string> {
  try {
    return await answer.text()
  } catch (cause) {
    throw unreachable(url, cause)
  }
}

/**
 * What a host answered, whole.
 * @throws IsobenchError `network` when it ends before it sent all it announced, or sends more than `limit` bytes
 */
export async function bytesOf(answer: Response, url: string, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of answer.body ?? []) {
      length += chunk.length
      if (length > limit) throw new Error(`more than the ${limit} bytes asked for`)
      chunks.push(chunk)
    }
  } catch (cause) {
    throw unreachable(url, cause)
  }
  return Buffer.concat(chunks)
}

/**
 * null when the host has the file, `HTTP 404` when it has not.
 * @param forbiddenIsAbsent whether the settings say that 403 is how this host says that it has no such file
 * @throws IsobenchError `network` for any other answer: it does not say whether the file is there
 */
export async function absence(answer: Response, url: string, forbiddenIsAbsent = false): Promise<string | null> {
  if (answer.ok) return null
  await discard(answer)
  if (answer.status === 404 || answer.status === 410) return `HTTP ${answer.status}`
  if (answer.status === 403 && forbiddenIsAbsent) return 'HTTP 403, absent as `forbidden_is_absent` says'
  throw unreachable(url, answer)
}

const hint = 'check the network and the `wheels` in repository.yaml, then run it again'
const forbiddenHint =
  'the host refuses: it may want a login, or answer 403 for whatever it has not, as stores of objects do; ' +
  'where that is so, set `forbidden_is_absent: true` beside its `urls` in repository.yaml'

/** Ends an answer that nobody reads. A small one is taken whole, so that the connection can be used again. */
async function discard(answer: Response): Promise<void> {
  const isSmall = Number(answer.headers.get('content-length') ?? Infinity) <= 65_536
  await (isSmall ? answer.arrayBuffer() : answer.body?.cancel())?.catch(() => {}) // its status has said everything
}

/** The failure to get an answer that says anything about the file. @param answer a response, or the error */
export function unreachable(url: string, answer: unknown): IsobenchError {
  const status = answer instanceof Response ? answer.status : undefined
  return new IsobenchError(
    'network',
    `cannot reach ${url}: ${status === undefined ? reason(answer) : `HTTP ${status}`}`,
    {
      hint: status === 403 ? forbiddenHint : hint,
      cause: answer,
    },
  )
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reason(error.cause) : error.message
}
