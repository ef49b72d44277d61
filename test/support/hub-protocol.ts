import type { HubRepository } from './hub-repository.ts'

/** The state of the loopback Hub. */
export interface Hub {
  readonly url: string
  readonly tokens: Set<string>
  /** Files from this size are large files, and so is every `.parquet` */
  readonly largeFromBytes: number
  /** Size of one part of a multipart upload; null: one request a file */
  readonly partBytes: number | null
  /** Answers reads of `main` with this older commit, as the real Hub's cache does for a while after a commit */
  lag: string | null
  readonly repositories: Map<string, HubRepository>
  /** Parts of unfinished multipart uploads, by `oid/number` */
  readonly parts: Map<string, Buffer>
}

export interface Question {
  readonly method: string
  readonly path: string
  readonly token: string | null
  readonly body: Buffer
  readonly range: string | null
}

export interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: unknown
}

/** An error as the Hub words it. */
export const failure = (status: number, error: string, code?: string): Answer => ({
  status,
  headers: { 'x-error-message': error, ...(code === undefined ? {} : { 'x-error-code': code }) },
  body: { error },
})
