import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { type QueuedTask, hasEnded, resultsName } from '../domain/slurm.ts'
import { IsobenchError } from '../errors.ts'
import { exists } from './files.ts'
import type { ClusterTask, Place } from './slurm.ts'
import { queueOf } from './slurm-commands.ts'
import { endedBadly, lost } from './slurm-faults.ts'
import { TaskLog } from './slurm-log.ts'
import { closeTask, holdingFolder, lastAttempt, openSubmissions, taskFolder } from './slurm-submissions.ts'
import { removeSharedWheels } from './slurm-wheels.ts'

/** How long the cluster may not answer, e.g. while its controller is restarted */
const unansweredSeconds = 600
/** How long what a node has written may take to be seen here: NFS remembers for a while that there was no such file */
const visibleSeconds = 90

/** A task that somebody here waits for. */
interface Waiting {
  readonly place: Place
  readonly task: ClusterTask
  readonly log: TaskLog
  readonly folder: string
  readonly settle: (ended: void | Promise<void>) => void
  /** What was last said of it */
  said: string
  /** How often in turn Slurm did not know it */
  missed: number
  /** Since when it has ended and its results are not seen, in ms */
  since: number | null
}

/** Where the results of a task may be, below its folder, and what is wrong if they are not there. */
interface End {
  readonly results: string | null
  readonly otherwise: IsobenchError
}

type Ended = Waiting & End

/** Waits for tasks of arrays: one question to Slurm for all of them at a time. */
export class SlurmWatch {
  readonly #parent: string
  readonly #pollSeconds: number
  readonly #tell: (line: string) => void
  readonly #waiting = new Set<Waiting>()
  #watching = false

  constructor(parent: string, pollSeconds: number, tell: (line: string) => void) {
    this.#parent = parent
    this.#pollSeconds = pollSeconds
    this.#tell = tell
  }

  /** Ends when the results of a task were taken. @throws IsobenchError when there are none, with what helps */
  until(place: Place, task: ClusterTask): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const folder = taskFolder(place.folder, place.index)
    const log = new TaskLog(join(folder, 'log'), task.log)
    this.#waiting.add({ place, task, log, folder, settle: resolve, said: '', missed: 0, since: null })
    if (!this.#watching) void this.#watch()
    return promise
  }

  async #watch(): Promise<void> {
    this.#watching = true
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
    for (const signal of signals) process.once(signal, this.#onSignal)
    let unansweredSince: number | null = null
    while (this.#waiting.size > 0) {
      try {
        const queue = await queueOf([...new Set([...this.#waiting].map(({ place }) => place.job))])
        unansweredSince = null
        await this.#lookAtAll(queue)
      } catch (error) {
        if (unansweredSince === null) for (const { task } of this.#waiting) task.log((error as Error).message)
        unansweredSince ??= performance.now()
        const isOver = performance.now() - unansweredSince > 1000 * unansweredSeconds
        if (isOver || !isUnanswered(error)) this.#giveUp(error as Error)
      }
      if (this.#waiting.size > 0) await sleep(1000 * this.#pollSeconds)
    }
    for (const signal of signals) process.off(signal, this.#onSignal)
    this.#watching = false
  }

  async #lookAtAll(queue: readonly QueuedTask[]): Promise<void> {
    const ended: Ended[] = []
    for (const each of this.#waiting) {
      const end = await this.#look(each, queue).catch((error: Error) => error)
      if (end === null) continue
      this.#waiting.delete(each)
      if (end instanceof Error) each.settle(Promise.reject(end)) // the shared folder fails; the task goes on
      else ended.push({ ...each, ...end })
    }
    if (ended.length > 0) this.#takeAll(ended)
  }

  /** @returns how the task ended, or null while it goes on */
  async #look(each: Waiting, queue: readonly QueuedTask[]): Promise<End | null> {
    const { place, folder } = each
    const seen = inQueue(place, queue)
    await each.log.forward()
    if (seen === undefined) {
      if (++each.missed < 2) return null
      const attempt = await lastAttempt(folder)
      return { results: attempt === null ? null : resultsName(attempt), otherwise: lost(place, attempt) }
    }
    each.missed = 0
    this.#say(each, seen)
    if (!hasEnded(seen)) return null
    const results = resultsName(seen.restarts)
    if (seen.state === 'COMPLETED' && !(await exists(join(folder, results)))) {
      each.since ??= performance.now()
      if ((await exists(folder)) && performance.now() - each.since < 1000 * visibleSeconds) return null
    }
    const mayHaveResults = seen.state === 'COMPLETED' || seen.state === 'FAILED'
    const otherwise = endedBadly(place, seen, each.log.lastError(), folder)
    return { results: mayHaveResults ? results : null, otherwise }
  }

  #say(each: Waiting, { state, reason, node, restarts }: QueuedTask): void {
    const again = restarts === 0 ? '' : `, started again after a loss or preemption: ${restarts}`
    const where = node === '' ? (reason === 'None' ? '' : ` (${reason})`) : ` on ${node}`
    const name = `${each.place.job}_${each.place.index}`
    const help = state === 'PENDING' && /held/i.test(reason) ? `; to let it go on: scontrol release ${name}` : ''
    const line = `Slurm ${name}: ${state.toLowerCase()}${where}${again}${help}`
    if (line !== each.said) each.task.log(line)
    each.said = line
  }

  /** Takes results while no other process does: it may wait for the same tasks. */
  #takeAll(ended: readonly Ended[]): void {
    const taken = holdingFolder(this.#parent, async () => {
      const results = await Promise.allSettled(ended.map(takeOne))
      if ((await openSubmissions(this.#parent)).length === 0) await removeSharedWheels(this.#parent)
      return results
    })
    for (const [index, each] of ended.entries()) {
      each.settle(
        taken.then((results) => {
          const result = results[index]!
          if (result.status === 'rejected') throw result.reason
        }),
      )
    }
  }

  #giveUp(error: Error): void {
    for (const each of this.#waiting) each.settle(Promise.reject(error))
    this.#waiting.clear()
  }

  /** Says what goes on without us. */
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    const jobs = [...new Set([...this.#waiting].map(({ place }) => place.job))]
    this.#tell(
      `\nnote: ${this.#waiting.size} tasks go on in Slurm: ${jobs.join(', ')}\n\n` +
        `hint: run the target again to wait for their results, or end them: scancel ${jobs.join(' ')}\n`,
    )
    process.kill(process.pid, signal)
  }
}

/** Takes the results of a task and forgets it. Where its folder is gone, another process has done so. */
async function takeOne({ place, task, folder, results, otherwise }: Ended): Promise<void> {
  if (!(await exists(folder))) return
  try {
    if (results === null || !(await exists(join(folder, results)))) throw otherwise
    await task.take(join(folder, results))
  } finally {
    await closeTask(place.folder, place.index)
  }
}

function isUnanswered(error: unknown): boolean {
  return error instanceof IsobenchError && error.code === 'network'
}

/** The line of a task; those of an array that have not been made yet may share one. */
function inQueue({ job, index }: Place, queue: readonly QueuedTask[]): QueuedTask | undefined {
  const ofJob = queue.filter((each) => each.job === job)
  return ofJob.find((each) => each.task === index) ?? ofJob.find((each) => each.task === null)
}
