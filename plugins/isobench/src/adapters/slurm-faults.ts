import type { QueuedTask } from '../domain/slurm.ts'
import { IsobenchError } from '../errors.ts'
import type { Place } from './slurm.ts'

const again = 'run the target again: it is submitted anew'

/** What to say of a task that ended without results, by its state. An edit or another try helps in every case. */
export function endedBadly(
  { job, index }: Place,
  { state, node, reason }: QueuedTask,
  lastError: string | null,
  folder: string,
): IsobenchError {
  const where = `${job}_${index}${node === '' ? '' : ` on ${node}`}`
  const why = reason === 'None' ? '' : `, ${reason}`
  switch (state) {
    case 'TIMEOUT':
      return new IsobenchError('interrupted', `Slurm ended it at its time limit: ${where}`, {
        hint: 'raise `time` in runner.yaml and run the target again',
      })
    case 'OUT_OF_MEMORY':
      return outOfMemory(where)
    case 'CANCELLED':
      return new IsobenchError('interrupted', `it was cancelled in Slurm: ${where}`, { hint: again })
    case 'COMPLETED':
      return new IsobenchError('corrupt-artifact', `its results did not come back: ${where}`, {
        hint: `the nodes must write into the same folder as this machine reads: ${folder}`,
      })
    case 'FAILED':
      if (lastError === null) return silent(where, folder)
      return /exceeded .*memory limit/i.test(lastError) ? outOfMemory(where) : refused(where, lastError)
    default:
      return new IsobenchError('interrupted', `Slurm ended it: ${where}, ${state.toLowerCase()}${why}`, { hint: again })
  }
}

/**
 * What to say of a task that Slurm does not have and that left no results. One that is cancelled while it waits is gone
 * from the queue at once (measured with 22.05).
 */
export function lost({ job, index }: Place, attempt: number | null): IsobenchError {
  const message =
    attempt === null
      ? 'it is gone from Slurm before it began, as after `scancel`'
      : 'Slurm knows nothing of it any more, and it left no results'
  return new IsobenchError('interrupted', `${message}: ${job}_${index}`, { hint: again })
}

function outOfMemory(where: string): IsobenchError {
  return new IsobenchError('interrupted', `Slurm ended it at its memory limit: ${where}`, {
    hint: 'raise `memory` in runner.yaml and run the target again',
  })
}

function silent(where: string, folder: string): IsobenchError {
  return new IsobenchError('prerequisite-missing', `it could not begin on the node: ${where}`, {
    hint: `the nodes must have this folder at the same path, with bash, flock and python3 on the PATH: ${folder}`,
  })
}

function refused(where: string, lastError: string): IsobenchError {
  return new IsobenchError('prerequisite-missing', `the node refused: ${where}: ${lastError}`, {
    hint: 'mend what the message names, by `setup` in runner.yaml for instance, and run the target again',
  })
}
