import { toFile } from 'openai'
import { z } from 'zod'
import { canonicalJsonLine } from '../domain/canonical-json.ts'
import type { BatchRequest } from '../schema/batch-job.ts'
import { faultOf } from './model-fault.ts'
import { type RetryPolicy, untilAnswered } from './model-retries.ts'
import { createClient } from './openai-client.ts'

/** Where a batch job stands. */
export interface BatchState {
  readonly status: string
  readonly isOver: boolean
  readonly outputFileId: string | null
  readonly errorFileId: string | null
  /** Why the endpoint did not take the job, one line each */
  readonly problems: readonly string[]
  /** Requests that are done, failed ones included, of how many */
  readonly progress: string
}

/** Batch jobs of an endpoint. Every method insists as a model call does, and throws what that throws. */
export interface BatchClient {
  /** @returns the id of the uploaded file */
  upload(requests: readonly BatchRequest[]): Promise<string>
  /** Makes a job of an uploaded file, or finds the one that an earlier try has made. @returns its id */
  create(fileId: string): Promise<string>
  state(batchId: string): Promise<BatchState>
  download(fileId: string): Promise<string>
}

/** URL of the calls in a job: the endpoint wants it so, whatever stands in front of its own. */
const batchPath = '/v1/chat/completions'

const over = new Set(['completed', 'failed', 'expired', 'cancelled'])

const Job = z.looseObject({
  id: z.string(),
  status: z.string(),
  input_file_id: z.string().nullish(),
  output_file_id: z.string().nullish(),
  error_file_id: z.string().nullish(),
  errors: z
    .looseObject({
      data: z.array(z.looseObject({ code: z.string().nullish(), message: z.string().nullish() })).nullish(),
    })
    .nullish(),
  request_counts: z.looseObject({ completed: z.number(), failed: z.number(), total: z.number() }).nullish(),
})

/** @throws IsobenchError as `openAiCompatible` does */
export function batchClient(policy: RetryPolicy): BatchClient {
  const client = createClient(policy.baseUrl, policy.key, policy.timeoutSeconds)
  const insist = async <Answer extends object>(work: () => Promise<Answer>): Promise<Answer> => {
    const result = await untilAnswered(policy, async () => {
      try {
        return { answered: await work() }
      } catch (error) {
        const fault = error instanceof z.ZodError ? notWhatWasAsked : faultOf(error)
        if (fault === undefined) throw error
        return { fault }
      }
    })
    if ('mayBeBilled' in result && 'error' in result) throw result.error
    return result
  }
  const made = async (fileId: string) => {
    const page = await client.batches.list({ limit: 100 })
    return page.data.map((job) => Job.parse(job)).find((job) => job.input_file_id === fileId)
  }
  return {
    upload: async (requests) => {
      const lines = requests
        .map(({ custom_id, body }) => `${canonicalJsonLine({ custom_id, method: 'POST', url: batchPath, body })}\n`)
        .join('')
      const { id } = await insist(async () => {
        const file = await toFile(Buffer.from(lines), 'requests.jsonl', { type: 'application/jsonl' })
        return z.looseObject({ id: z.string() }).parse(await client.files.create({ file, purpose: 'batch' }))
      })
      return id
    },
    create: async (fileId) => {
      const { id } = await insist(async () => {
        const request = { input_file_id: fileId, endpoint: batchPath, completion_window: '24h' } as const
        return (await made(fileId)) ?? Job.parse(await client.batches.create(request))
      })
      return id
    },
    state: async (batchId) => stateOf(await insist(async () => Job.parse(await client.batches.retrieve(batchId)))),
    download: async (fileId) => {
      const { text } = await insist(async () => ({ text: await (await client.files.content(fileId)).text() }))
      return text
    },
  }
}

const notWhatWasAsked = {
  kind: 'body',
  status: null,
  code: null,
  message: 'no batch job or file',
  retryAfterSeconds: null,
} as const

function stateOf(job: z.infer<typeof Job>): BatchState {
  const counts = job.request_counts
  return {
    status: job.status,
    isOver: over.has(job.status),
    outputFileId: job.output_file_id ?? null,
    errorFileId: job.error_file_id ?? null,
    problems: (job.errors?.data ?? []).map(({ code, message }) => `${code ?? 'error'}: ${message ?? ''}`),
    progress: counts == null ? '' : `${counts.completed + counts.failed} of ${counts.total}`,
  }
}
