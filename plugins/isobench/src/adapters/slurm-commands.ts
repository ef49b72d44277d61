import { type QueuedTask, hasEnded, parseQueue, parseSubmitted, queueArguments } from '../domain/slurm.ts'
import { IsobenchError } from '../errors.ts'
import { type ProcessResult, cleanEnvironment, run } from './process.ts'

const patienceSeconds = 60
/** What Slurm allows by default, and at the least */
const usualArraySize = 1001

/**
 * Submits an array.
 * @param name of the job, to find it by
 * @returns its number
 * @throws IsobenchError `bad-input` when Slurm refuses it, `network` when it is not known whether it has it
 */
export async function submitArray(name: string, args: readonly string[], script: string): Promise<string> {
  const ended = await slurm('sbatch', args, script)
  const job = ended.exitCode === 0 ? parseSubmitted(ended.stdout) : null
  if (job !== null) return job
  const found = await findJob(name) // sbatch may have given up waiting for an answer to a job that was accepted
  if (found !== null) return found
  throw new IsobenchError('bad-input', `Slurm refused the array: ${said(ended)}`, {
    hint: 'edit runner.yaml; `sinfo` and `scontrol show partition` say what the cluster has',
  })
}

/** The number of the job with this name, or null when Slurm has none. @throws IsobenchError `network` */
export async function findJob(name: string): Promise<string | null> {
  const ended = await slurm('squeue', queueArguments(`--name=${name}`))
  if (ended.exitCode !== 0) throw unanswered(ended)
  // One that ended without ever having a node is what Slurm keeps of a refused array.
  return parseQueue(ended.stdout).find((each) => !hasEnded(each) || each.node !== '')?.job ?? null
}

/**
 * The tasks of these jobs that Slurm knows: those that ended are forgotten after a while (`MinJobAge`).
 * @throws IsobenchError `network` when it does not answer
 */
export async function queueOf(jobs: readonly string[]): Promise<QueuedTask[]> {
  const ended = await slurm('squeue', queueArguments(`--jobs=${jobs.join(',')}`))
  if (ended.exitCode === 0) return parseQueue(ended.stdout)
  if (/invalid job id/i.test(ended.stderr)) return []
  throw unanswered(ended)
}

/** How many tasks an array may have. @throws IsobenchError `network` when Slurm does not answer */
export async function largestArray(): Promise<number> {
  const ended = await slurm('scontrol', ['show', 'config'])
  if (ended.exitCode !== 0) throw unanswered(ended)
  const size = /^MaxArraySize\s*=\s*(\d+)/m.exec(ended.stdout)?.[1]
  return Math.max((size === undefined ? usualArraySize : Number(size)) - 1, 1)
}

/**
 * Jobs get this environment. It is not narrowed by `--export`, because then slurmd would log the user in for each task
 * (measured: 5 to 9 s); so nothing but what a node may know is in it.
 */
function slurm(program: string, args: readonly string[], input?: string): Promise<ProcessResult> {
  const { PATH, HOME, LANG, LC_ALL } = cleanEnvironment()
  const kept = { PATH, HOME, LANG, LC_ALL, SLURM_CONF: process.env['SLURM_CONF'], USER: process.env['USER'] }
  const environment = Object.fromEntries(
    Object.entries(kept).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  return run(program, args, {
    environment,
    timeoutSeconds: patienceSeconds,
    ...(input === undefined ? {} : { input }),
  }).catch((error: unknown) => {
    if (!(error instanceof IsobenchError) || error.code !== 'prerequisite-missing') throw error
    throw new IsobenchError(error.code, error.message, {
      hint: 'start this on a machine that can submit to Slurm, or set `kind: local` in runner.yaml',
      cause: error,
    })
  })
}

function unanswered(ended: ProcessResult): IsobenchError {
  return new IsobenchError('network', `Slurm does not answer: ${said(ended)}`, {
    hint: 'what was submitted goes on; run the target again when `squeue` answers: nothing is submitted twice',
  })
}

/** What a command gave as the first reason, without its name in front. */
function said({ stderr, timedOut, exitCode }: ProcessResult): string {
  if (timedOut) return `no answer after ${patienceSeconds} s`
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  const line = lines.find((each) => each.includes(' error: ')) ?? lines[0] ?? `exit code ${exitCode}`
  return line.replace(/^\w+: (error: )?(Batch job submission failed: )?/, '')
}
