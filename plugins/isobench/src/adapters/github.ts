import { join } from 'node:path'
import { request } from '@octokit/request'
import { z } from 'zod'
import { canonicalJson } from '../domain/canonical-json.ts'
import { PullRequest, closedIssues } from '../domain/mining/pull-request.ts'
import { clip } from '../domain/text.ts'
import { readTextIfPresent, writeAtomically } from './files.ts'

/** Who is asked about pull requests. */
export interface GitHubOptions {
  /** e.g. https://api.github.com */
  readonly apiUrl: string
  readonly owner: string
  readonly repository: string
  readonly token: string
  /** Where answers are kept */
  readonly directory: string
  readonly log: (message: string) => void
}

const timeoutMilliseconds = 30_000
const maximumAnswerBytes = 5_000_000
const bodyCharacters = 20_000

const Text = z.string().nullish()
const Found = z.array(
  z.looseObject({
    number: z.int().min(1),
    html_url: Text,
    title: Text,
    body: Text,
    merged_at: Text,
    labels: z.array(z.looseObject({ name: Text })).catch([]),
  }),
)
const Issue = z.looseObject({ title: Text })

/** The error of GitHub's client: a status of 400 and above, or (without a response) no answer at all. */
const HttpError = z.looseObject({
  name: z.literal('HttpError'),
  status: z.int(),
  message: z.string(),
  response: z.looseObject({ headers: z.record(z.string(), z.union([z.string(), z.number()]).optional()) }).optional(),
})

/** What is kept of a commit; null for one without a pull request. */
const Kept = PullRequest.nullable()

/**
 * The pull request that brought a commit, by GitHub's REST API. Nothing here is ever needed: the first answer that
 * means that nobody will be told anything (no rights, no such repository, limit of requests, no network) is said in one
 * line, and then nobody is asked any more.
 */
export function pullRequests(options: GitHubOptions): (commit: string) => Promise<PullRequest | null> {
  let isOver = false
  return async (commit) => {
    const file = join(options.directory, `${commit}.json`)
    const kept = await readKept(file)
    if (kept !== undefined) return kept
    if (isOver) return null
    try {
      const found = await ask(options, commit)
      await writeAtomically(file, canonicalJson(found))
      return found
    } catch (error) {
      const reason = reasonOf(error)
      if (reason === undefined) throw error
      if (!isOver) options.log(`pull requests are left out from here on, ${options.apiUrl}: ${reason}`)
      isOver = true
      return null
    }
  }
}

async function readKept(file: string): Promise<PullRequest | null | undefined> {
  const text = await readTextIfPresent(file)
  if (text === undefined) return undefined
  try {
    return Kept.safeParse(JSON.parse(text)).data // one that does not fit is asked for again
  } catch {
    return undefined
  }
}

async function ask(options: GitHubOptions, commit: string): Promise<PullRequest | null> {
  const call = caller(options)
  const answer = await call('GET /repos/{owner}/{repo}/commits/{commit}/pulls', { commit })
  const pulls = Found.parse(answer ?? [])
  const pull = pulls.find(({ merged_at: merged }) => merged !== null && merged !== undefined) ?? pulls[0]
  if (pull === undefined) return null
  const body = clip(pull.body ?? '', bodyCharacters)
  const issues: PullRequest['issues'] = []
  for (const number of closedIssues(body)) {
    const issue = Issue.safeParse(await call('GET /repos/{owner}/{repo}/issues/{number}', { number })).data
    if (issue !== undefined) issues.push({ number, title: clip(issue.title ?? '', 500) })
  }
  return {
    number: pull.number,
    url: clip(pull.html_url ?? '', 500),
    title: clip(pull.title ?? '', 500),
    body,
    labels: pull.labels.slice(0, 50).flatMap(({ name }) => (typeof name === 'string' ? [clip(name, 100)] : [])),
    issues,
  }
}

/** @returns null for what is not there: a commit that the host does not know, an issue that is gone */
function caller({ apiUrl, owner, repository, token }: GitHubOptions) {
  return async (route: string, parameters: Record<string, string | number>): Promise<unknown> => {
    const url = { baseUrl: apiUrl, owner, repo: repository, ...parameters }
    const headers = { authorization: `Bearer ${token}`, 'user-agent': 'isobench', 'x-github-api-version': '2022-11-28' }
    const signal = AbortSignal.timeout(timeoutMilliseconds)
    try {
      const silent = { debug() {}, info() {}, warn() {}, error() {} }
      const answer = await request(route, { ...url, headers, request: { fetch: bounded, signal, log: silent } })
      return answer.data
    } catch (error) {
      const status = HttpError.safeParse(error).data?.status
      const isIssue = !route.endsWith('/pulls')
      // 422 is for a commit that the host does not know; 404 for a repository, or for an issue that is gone.
      if (status === 422 || (isIssue && (status === 404 || status === 410))) return null
      throw error
    }
  }
}

const mostRedirects = 3

/** `fetch` that takes our token to no other host, and reads no more than a part of an endless answer. */
async function bounded(url: string, init: RequestInit): Promise<Response> {
  let answer = await fetch(url, { ...init, redirect: 'manual' })
  for (let count = 0; count < mostRedirects && answer.status >= 300 && answer.status < 400; count++) {
    const next = new URL(answer.headers.get('location') ?? '', url)
    if (next.origin !== new URL(url).origin) break
    await answer.body?.cancel()
    answer = await fetch(next, { ...init, redirect: 'manual' }) // a repository that has another name now
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of answer.body ?? []) {
    length += chunk.length
    if (length > maximumAnswerBytes) throw new TypeError(`an answer of more than ${maximumAnswerBytes} bytes`)
    chunks.push(chunk)
  }
  const isEmpty = answer.status === 204 || answer.status === 205 || answer.status === 304
  return new Response(isEmpty ? null : Buffer.concat(chunks), { status: answer.status, headers: answer.headers })
}

/** Why nobody need be asked again; undefined for an error of our own. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof z.ZodError) return 'an answer that is none of GitHub’s'
  const answered = HttpError.safeParse(error).data
  if (answered === undefined) {
    const isTimeout = error instanceof Error && ['AbortError', 'TimeoutError'].includes(error.name)
    return isTimeout ? 'no answer in time' : undefined
  }
  const { status, response, message } = answered
  if (response === undefined) return `no answer: ${message.slice(0, 200)}`
  const { headers } = response
  const isForbidden =
    status === 403 && (String(headers['x-ratelimit-remaining']) === '0' || headers['retry-after'] !== undefined)
  if (status === 429 || isForbidden) {
    return `HTTP ${status}, the limit of requests is reached${until(headers['x-ratelimit-reset'])}`
  }
  if (status === 401) return 'HTTP 401, the token is not accepted'
  if (status === 403) return 'HTTP 403, the token has no right to read this repository'
  if (status === 404) return 'HTTP 404, no such repository, or the token may not see it'
  return `HTTP ${status}`
}

function until(reset: string | number | undefined): string {
  const date = new Date(Number(reset ?? Number.NaN) * 1000)
  return Number.isNaN(date.getTime()) ? '' : ` until ${date.toISOString().replace(/\.\d+Z$/, 'Z')}`
}
