import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { batchScript, sbatchArguments } from '../domain/slurm.ts'
import { IsobenchError } from '../errors.ts'
import type { ArraySettings } from '../schema/runner-settings.ts'
import { exists } from './files.ts'
import { findJob, largestArray, submitArray } from './slurm-commands.ts'
import {
  type Submission,
  holdingFolder,
  keepSubmission,
  newSubmissionFolder,
  openSubmissions,
  taskFolder,
} from './slurm-submissions.ts'
import { SlurmWatch } from './slurm-watch.ts'

const writtenAtOnce = 8

/** What an array gets, and how often the queue is asked for it. */
export type ClusterSettings = ArraySettings & { readonly poll_seconds: number }

/** Work for one node of a cluster. */
export interface ClusterTask {
  /** SHA-256 of what is asked for: two tasks with the same digest are one */
  readonly digest: string
  /** Writes a folder with a `run.py` that does the work: `run.py --output FOLDER --work FOLDER` */
  readonly write: (folder: string) => Promise<void>
  /** Takes the results out of a folder. @throws IsobenchError when they are not to be had from it */
  readonly take: (folder: string) => Promise<void>
  readonly log: (line: string) => void
}

/** Works on a cluster. */
export interface Cluster {
  /**
   * Submits one array for all of them but those that an earlier call has submitted, also one of another process.
   * @returns for each in turn: when its results were taken
   */
  perform(tasks: readonly ClusterTask[]): Promise<void>[]
}

/** Where a task is in Slurm. */
export interface Place {
  readonly job: string
  readonly index: number
  /** Of the array */
  readonly folder: string
}

/**
 * A Slurm cluster. What is submitted is written down first, so this process can be killed at any time: the array goes
 * on, and the next process waits for it in place of submitting another.
 * @param folder shared with the nodes
 * @param tell says something at once to the person who watches
 */
export function createCluster(settings: ClusterSettings, folder: string, tell: (line: string) => void): Cluster {
  const watch = new SlurmWatch(folder, settings.poll_seconds, tell)
  return {
    perform(tasks) {
      const placed = holdingFolder(folder, () => place(settings, folder, tasks))
      placed.then(
        (places) => announce([...places.values()], tell),
        () => undefined, // each task says it
      )
      return tasks.map(async (task) => {
        const found = (await placed).get(task)!
        if (found instanceof Error) throw found
        await watch.until(found, task)
      })
    },
  }
}

/** Says it at once and not when asked to end: Nx shows nothing that an executor says after Ctrl-C (measured). */
function announce(places: readonly (Place | Error)[], tell: (line: string) => void): void {
  const jobs = places.flatMap((each) => (each instanceof Error ? [] : [each.job]))
  for (const job of new Set(jobs)) {
    const count = jobs.filter((each) => each === job).length
    tell(`Slurm job ${job}, tasks: ${count}. It goes on when this is stopped; to end it: scancel ${job}`)
  }
}

/** Finds each task in Slurm or submits it. An error is that of the one task. */
async function place(
  settings: ArraySettings,
  parent: string,
  tasks: readonly ClusterTask[],
): Promise<ReadonlyMap<ClusterTask, Place | Error>> {
  const earlier = await submittedBefore(parent)
  const placed = new Map<ClusterTask, Place | Error>()
  for (const task of tasks) {
    const found = earlier.get(task.digest)
    if (found === undefined) continue
    task.log(`waiting for task ${found.index} of the Slurm job ${found.job}, submitted before`)
    placed.set(task, found)
  }
  const rest = [
    ...Map.groupBy(
      tasks.filter((task) => !placed.has(task)),
      ({ digest }) => digest,
    ).values(),
  ]
  const size = rest.length <= 1 ? 1 : await largestArray()
  for (let start = 0; start < rest.length; start += size) {
    const some = rest.slice(start, start + size)
    const first = some.map(([task]) => task!)
    const results = await submit(settings, parent, first).catch((error: Error) => some.map(() => error))
    for (const [index, same] of some.entries()) for (const task of same) placed.set(task, results[index]!)
  }
  return placed
}

/** The tasks that are in Slurm, by their digest. */
async function submittedBefore(parent: string): Promise<Map<string, Place>> {
  const found = new Map<string, Place>()
  for (const { folder, submission } of await openSubmissions(parent)) {
    const job = submission.job ?? (await findJob(submission.name))
    if (job === null) {
      await rm(folder, { recursive: true, force: true }) // the process ended before it was submitted
      continue
    }
    if (submission.job === null) await keepSubmission(folder, { ...submission, job })
    for (const [index, plan] of submission.plans.entries()) {
      if (await exists(taskFolder(folder, index))) found.set(plan, { job, index, folder })
    }
  }
  return found
}

/** @returns for each task in turn where it is, or why it is not */
async function submit(
  settings: ArraySettings,
  parent: string,
  tasks: readonly ClusterTask[],
): Promise<(Place | Error)[]> {
  const { name, folder } = await newSubmissionFolder(parent)
  const made = (position: number) => join(folder, `made-${position}`)
  const faults: (Error | null)[] = []
  for (let start = 0; start < tasks.length; start += writtenAtOnce) {
    const some = tasks.slice(start, start + writtenAtOnce)
    faults.push(...(await Promise.all(some.map((task, offset) => writeTask(task, made(start + offset))))))
  }
  const plans: string[] = []
  for (const [position, task] of tasks.entries()) {
    if (faults[position] !== null) continue
    await rename(made(position), taskFolder(folder, plans.length))
    plans.push(task.digest)
  }
  const job = plans.length === 0 ? '' : await submitAll(settings, { schema_version: 1, name, job: null, plans }, folder)
  let index = 0
  return faults.map((fault, position) => {
    if (fault !== null) return fault
    tasks[position]!.log(`submitted to Slurm: task ${index} of job ${job}`)
    return { job, index: index++, folder }
  })
}

async function writeTask(task: ClusterTask, folder: string): Promise<Error | null> {
  try {
    await task.write(folder)
    return null
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    return error as Error
  }
}

async function submitAll(settings: ArraySettings, submission: Submission, folder: string): Promise<string> {
  const { name, plans } = submission
  await keepSubmission(folder, submission)
  try {
    const args = sbatchArguments(settings, name, plans.length, folder)
    const job = await submitArray(name, args, batchScript(folder, settings.setup))
    await keepSubmission(folder, { ...submission, job })
    return job
  } catch (error) {
    const isKnown = !(error instanceof IsobenchError) || error.code !== 'network'
    if (isKnown) await rm(folder, { recursive: true, force: true })
    throw error
  }
}
