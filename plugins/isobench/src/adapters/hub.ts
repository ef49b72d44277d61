import { HubApiError, commit, createRepo, datasetInfo, listFiles } from '@huggingface/hub'
import { z } from 'zod'
import type { RemoteFile } from '../domain/push-plan.ts'
import { IsobenchError } from '../errors.ts'
import { HubFault, type HubFetchOptions, hubFetch } from './hub-fetch.ts'

/** One commit on the Hub: everything in it happens, or nothing. */
export interface HubCommit {
  /** The revision that the changes were planned against; the Hub refuses when it is no longer the head */
  readonly parent: string
  readonly title: string
  readonly description: string
  readonly add: readonly { readonly path: string; readonly content: Blob }[]
  readonly remove: readonly string[]
  /** As a pull request on top of `parent`, instead of on the branch */
  readonly asPullRequest: boolean
}

/** One dataset repository of the Hub. Every method throws `HubFault`. */
export interface Hub {
  readonly name: string
  /** The head of `main`; null when there is no such repository, or none that this token may see */
  head(): Promise<string | null>
  /** Makes the repository; one that is there already is no fault. */
  create(isPrivate: boolean): Promise<void>
  /** The commit that a branch, a tag or a hash names; null when there is none */
  resolve(revision: string): Promise<string | null>
  files(revision: string): Promise<RemoteFile[]>
  /** The content of a file, as it comes. */
  read(revision: string, path: string): Promise<AsyncIterable<Uint8Array>>
  commit(change: HubCommit): Promise<{ revision: string; pullRequestUrl: string | null }>
  /** Open and closed pull requests, the newest first. */
  pullRequests(): Promise<{ url: string; revision: string }[]>
  /** @returns whether the tag was made; false when there is one of this name */
  tag(revision: string, name: string, message: string): Promise<boolean>
}

export interface HubOptions extends HubFetchOptions {
  /** e.g. `https://huggingface.co` */
  readonly endpoint: string
  /** `owner/name` */
  readonly name: string
  /** Begins with `hf_`; undefined reads what is public */
  readonly token: string | undefined
}

const Refs = z.object({
  pullRequests: z.array(z.object({ ref: z.string(), targetCommit: z.string() })).optional(),
})

/**
 * A dataset repository, through @huggingface/hub. Large files go by LFS and not by Xet: shards are small and a changed
 * one is sent whole, which takes fewer requests and less memory than Xet's chunks.
 */
export function openHub(options: HubOptions): Hub {
  const { name, token } = options
  const endpoint = options.endpoint.replace(/\/+$/, '')
  const repo = { type: 'dataset', name } as const
  const ask = hubFetch(options)
  const access = { hubUrl: endpoint, fetch: ask, ...(token === undefined ? {} : { accessToken: token }) }
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  const api = async (path: string, init: { method?: string; body?: string } = {}): Promise<Response> => {
    const answer = await ask(`${endpoint}${path}`, { ...init, headers })
    if (answer.ok) return answer
    throw new HubFault(`${init.method ?? 'GET'} ${path}: ${await messageOf(answer)}`, { status: answer.status })
  }
  const resolve = (revision: string): Promise<string | null> =>
    faulty(datasetInfo({ name, revision, additionalFields: ['sha'], ...access })).then(
      ({ sha }) => sha,
      (error: unknown) => absentAs(null, error),
    )
  return {
    name,
    head: () => resolve('main'),
    resolve,
    create: (isPrivate) =>
      faulty(createRepo({ repo, visibility: isPrivate ? 'private' : 'public', ...access, accessToken: token! })).then(
        () => undefined,
        (error: unknown) => {
          if (!(error instanceof HubFault && error.status === 409)) throw error
        },
      ),
    files: (revision) =>
      faulty(Array.fromAsync(listFiles({ repo, revision, recursive: true, ...access }))).then(listed),
    read: async (revision, path) => {
      const { body } = await api(`/datasets/${name}/resolve/${encodeURIComponent(revision)}/${path}`)
      return chunks(body, path)
    },
    commit: async ({ parent, title, description, add, remove, asPullRequest }) => {
      const output = await faulty(
        commit({
          repo,
          title,
          description,
          branch: 'main',
          parentCommit: parent,
          isPullRequest: asPullRequest,
          useXet: false,
          operations: [
            ...remove.map((path) => ({ operation: 'delete' as const, path })),
            ...add.map(({ path, content }) => ({ operation: 'addOrUpdate' as const, path, content })),
          ],
          ...access,
        }),
      )
      return { revision: output!.commit.oid, pullRequestUrl: output!.pullRequestUrl ?? null }
    },
    pullRequests: async () => {
      const { pullRequests = [] } = Refs.parse(await (await api(`/api/datasets/${name}/refs?include_prs=1`)).json())
      return pullRequests
        .map(({ ref, targetCommit }) => ({ number: Number(ref.split('/').at(-1)), revision: targetCommit }))
        .toSorted((a, b) => b.number - a.number)
        .map(({ number, revision }) => ({ url: `${endpoint}/datasets/${name}/discussions/${number}`, revision }))
    },
    tag: (revision, tag, message) =>
      api(`/api/datasets/${name}/tag/${encodeURIComponent(revision)}`, {
        method: 'POST',
        body: JSON.stringify({ tag, message }),
      }).then(
        () => true,
        (error: unknown) => {
          if (error instanceof HubFault && error.status === 409) return false
          throw error
        },
      ),
  }
}

/** The token and the address in the spelling of the Python clients. @throws IsobenchError `credential-missing` */
export function hubAccess(environment: Readonly<Record<string, string | undefined>>): {
  endpoint: string
  token: string | undefined
} {
  const token = environment['HF_TOKEN']?.trim()
  const endpoint = environment['HF_ENDPOINT']?.trim()
  if (token !== undefined && token !== '' && !token.startsWith('hf_')) {
    throw new IsobenchError('credential-missing', 'HF_TOKEN is no token of the Hub: it must begin with `hf_`', {
      hint: 'make one with write access in the settings of your account',
    })
  }
  return {
    endpoint: endpoint === undefined || endpoint === '' ? 'https://huggingface.co' : endpoint,
    token: token === '' ? undefined : token,
  }
}

/** Turns the client's errors into one kind. */
async function faulty<Value>(call: Promise<Value>): Promise<Value> {
  try {
    return await call
  } catch (error) {
    if (error instanceof HubApiError)
      throw new HubFault(firstLine(error.message), { status: error.statusCode, cause: error })
    // What the client says of an answer that is not as promised: a half page, a tree without an array.
    if (error instanceof HubFault || error instanceof IsobenchError) throw error
    throw new HubFault(`unusable answer: ${firstLine(String(error))}`, { status: null, cause: error })
  }
}

function absentAs<Value>(value: Value, error: unknown): Value {
  if (error instanceof HubFault && error.status === 404) return value
  throw error
}

function listed(
  entries: Awaited<
    ReturnType<
      typeof Array.fromAsync<{ type: string; path: string; size: number; oid?: string; lfs?: { oid: string } }>
    >
  >,
): RemoteFile[] {
  return entries
    .filter(({ type }) => type === 'file')
    .map(({ path, size, oid, lfs }) => ({ path, sizeBytes: size, gitOid: oid ?? '', sha256: lfs?.oid ?? null }))
}

async function* chunks(body: ReadableStream<Uint8Array> | null, path: string): AsyncGenerator<Uint8Array> {
  if (body === null) return
  try {
    yield* body
  } catch (cause) {
    throw new HubFault(`${path}: cut in the middle`, { status: null, cause })
  }
}

async function messageOf(answer: Response): Promise<string> {
  const said = answer.headers.get('x-error-message')
  await answer.body?.cancel()
  return said === null ? `HTTP ${answer.status}` : `HTTP ${answer.status}: ${said}`
}

function firstLine(text: string): string {
  return text.split('\n')[0]!
}
