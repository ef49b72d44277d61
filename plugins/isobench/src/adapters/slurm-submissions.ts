import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { canonicalJson } from '../domain/canonical-json.ts'
import { Sha256 } from '../schema/primitives.ts'
import { exists, readTextIfPresent, writeAtomically } from './files.ts'
import { holdingLock } from './kernel-lock.ts'
import { chooseInterpreter } from './python.ts'

/**
 * `submission.json`: one array. It is written before the array is submitted and again with the number of the job, so
 * whoever comes later finds the job, by its name if need be, and nothing is submitted twice.
 */
const Submission = z.object({
  schema_version: z.literal(1),
  name: z.string().describe('Of the job; no other has it'),
  job: z.string().nullable(),
  plans: z.array(Sha256).describe('Digest of what each task does, by its index'),
})
export type Submission = z.infer<typeof Submission>

/** An array and its folder; below that, each task that nobody has taken the results of has one named by its index. */
export interface OpenSubmission {
  readonly folder: string
  readonly submission: Submission
}

const file = 'submission.json'
const prefix = 'isobench-'

/** Does one thing while no other process changes the arrays of a folder. */
export async function holdingFolder<Result>(parent: string, work: () => Promise<Result>): Promise<Result> {
  const { path } = await chooseInterpreter(['>=3.8'])
  return holdingLock(join(parent, 'lock'), path, work)
}

/** The arrays that still have tasks. What a crash left half made is removed, so the caller must hold the lock. */
export async function openSubmissions(parent: string): Promise<OpenSubmission[]> {
  const names = (await exists(parent)) ? (await readdir(parent)).filter((name) => name.startsWith(prefix)) : []
  const found: OpenSubmission[] = []
  for (const name of names.toSorted()) {
    const folder = join(parent, name)
    const text = await readTextIfPresent(join(folder, file))
    if (text !== undefined) found.push({ folder, submission: Submission.parse(JSON.parse(text)) })
    else await rm(folder, { recursive: true, force: true })
  }
  return found
}

/** A folder for a new array. Without `submission.json` it is nothing yet. */
export async function newSubmissionFolder(parent: string): Promise<{ name: string; folder: string }> {
  const name = `${prefix}${randomBytes(8).toString('hex')}`
  const folder = join(parent, name)
  await mkdir(folder, { recursive: true })
  return { name, folder }
}

export async function keepSubmission(folder: string, submission: Submission): Promise<void> {
  await writeAtomically(join(folder, file), canonicalJson(submission))
}

/** The folder of a task. */
export function taskFolder(folder: string, index: number): string {
  return join(folder, String(index))
}

/** Forgets a task, and the array when it was the last one. */
export async function closeTask(folder: string, index: number): Promise<void> {
  await rm(taskFolder(folder, index), { recursive: true, force: true })
  const left = (await exists(folder)) ? await readdir(folder) : []
  if (!left.some((name) => /^\d+$/.test(name))) await rm(folder, { recursive: true, force: true })
}

/** The number of the last attempt that a task began, or null when it never did. */
export async function lastAttempt(folder: string): Promise<number | null> {
  const names = (await exists(folder)) ? await readdir(folder) : []
  const begun = names.flatMap((name) => /^started\.(\d+)$/.exec(name)?.[1] ?? []).map(Number)
  return begun.length === 0 ? null : Math.max(...begun)
}
