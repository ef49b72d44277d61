import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson, canonicalJsonLine } from '../domain/canonical-json.ts'
import { IsobenchError } from '../errors.ts'
import { BatchJob, BatchRequest } from '../schema/batch-job.ts'
import { exists, readTextIfPresent, sha256, writeAtomically } from './files.ts'

/** A job that is under way, with its requests. */
export interface StoredJob {
  /** Digest of the requests */
  readonly name: string
  readonly job: BatchJob
  readonly requests: readonly BatchRequest[]
}

/** Jobs under way, kept until all that they gave is in the answers. */
export interface BatchStore {
  unfinished(): Promise<StoredJob[]>
  /** Keeps the requests of a job that is about to be made. */
  begin(job: BatchJob, requests: readonly BatchRequest[]): Promise<StoredJob>
  save(stored: StoredJob): Promise<void>
  remove(stored: StoredJob): Promise<void>
}

/** One folder a job: `<directory>/<name>/` with `job.json` and `requests.jsonl`. */
export function fileBatchStore(directory: string): BatchStore {
  const at = (name: string, file: string) => join(directory, name, file)
  const read = async (name: string): Promise<StoredJob> => {
    const [job, requests] = await Promise.all(
      ['job.json', 'requests.jsonl'].map(async (file) => (await readTextIfPresent(at(name, file))) ?? ''),
    )
    try {
      const lines = requests!.split('\n').filter((line) => line !== '')
      return {
        name,
        job: BatchJob.parse(JSON.parse(job!)),
        requests: lines.map((line) => BatchRequest.parse(JSON.parse(line))),
      }
    } catch (cause) {
      throw new IsobenchError('corrupt-artifact', `not a batch job: ${join(directory, name)}`, {
        hint: 'remove the folder; its answers are paid for again',
        cause,
      })
    }
  }
  const save = ({ name, job }: StoredJob) => writeAtomically(at(name, 'job.json'), canonicalJson(job))
  return {
    unfinished: async () => {
      const names = (await exists(directory)) ? await readdir(directory) : []
      return Promise.all(names.toSorted().map(read))
    },
    begin: async (job, requests) => {
      const text = requests.map((request) => `${canonicalJsonLine(request)}\n`).join('')
      const name = sha256(text).slice(0, 16)
      await writeAtomically(at(name, 'requests.jsonl'), text)
      await save({ name, job, requests })
      return { name, job, requests }
    },
    save,
    remove: ({ name }) => rm(join(directory, name), { recursive: true, force: true }),
  }
}
