import type { ArraySettings } from '../schema/runner-settings.ts'

/** One task of an array, as the queue has it. */
export interface QueuedTask {
  readonly job: string
  /** Index in the array; null for those that have not been made yet */
  readonly task: number | null
  /** e.g. `RUNNING` */
  readonly state: string
  /** Why it waits or ended, e.g. `Priority` */
  readonly reason: string
  /** Node it runs or ran on; empty while it waits */
  readonly node: string
  /** How often it was started again, after a lost node or a preemption */
  readonly restarts: number
}

const fields = ['ArrayJobID', 'ArrayTaskID', 'State', 'Reason', 'NodeList', 'RestartCnt']

/** Arguments of `squeue` for `parseQueue`: one line a task, also of tasks that ended as long as Slurm knows them. @param which option that chooses them */
export function queueArguments(which: string): string[] {
  const format = fields.map((field) => `${field}:|`).join(',')
  return ['--noheader', '--array', '--states=all', which, `--Format=${format}`]
}

/** The lines of `squeue`, as `queueArguments` asks for them. Other lines are none of a task. */
export function parseQueue(text: string): QueuedTask[] {
  return text.split('\n').flatMap((line) => {
    const [job, task, state, reason, node, restarts] = line.split('|').map((value) => value.trim())
    if (restarts === undefined || !/^\d+$/.test(job!) || !/^\d+$/.test(restarts)) return []
    return [
      {
        job: job!,
        task: /^\d+$/.test(task!) ? Number(task) : null,
        state: state!,
        reason: reason!,
        node: node!,
        restarts: Number(restarts),
      },
    ]
  })
}

/** States from which a task does not come back. Every other one, known or not, is one to wait in. */
const ends = new Set([
  'BOOT_FAIL',
  'CANCELLED',
  'COMPLETED',
  'DEADLINE',
  'FAILED',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'REVOKED',
  'TIMEOUT',
])

export function hasEnded({ state }: Pick<QueuedTask, 'state'>): boolean {
  return ends.has(state)
}

/** The arguments of `sbatch` for an array; its script comes on standard input. @param folder of the whole array */
export function sbatchArguments(settings: ArraySettings, name: string, tasks: number, folder: string): string[] {
  const atOnce = settings.max_parallel === undefined ? '' : `%${settings.max_parallel}`
  const values: readonly (readonly [string, string | undefined])[] = [
    ['partition', settings.partition],
    ['gres', settings.gres],
    ['constraint', settings.constraint],
    ['mem', settings.memory],
    ['cpus-per-task', String(settings.cpus)],
    ['time', settings.time],
    ['account', settings.account],
    ['qos', settings.qos],
  ]
  return [
    '--parsable',
    `--job-name=${name}`,
    `--array=0-${tasks - 1}${atOnce}`,
    '--nodes=1',
    '--ntasks=1',
    '--requeue',
    '--open-mode=append',
    `--chdir=${folder}`,
    `--output=${folder.replaceAll('%', '%%')}/%a/log`,
    ...values.flatMap(([option, value]) => (value === undefined ? [] : [`--${option}=${value}`])),
    ...settings.arguments,
  ]
}

/** The number of the job that `sbatch --parsable` prints; null when it is none. */
export function parseSubmitted(text: string): string | null {
  return /^(\d+)(;\S*)?$/m.exec(text)?.[1] ?? null
}

/** Where a task leaves its results when it was started for the n-th time, counted from 0. */
export function resultsName(restarts: number | string): string {
  return `results.${restarts}`
}

/** How a task says that it was started for the n-th time. */
export function startedName(restarts: number | string): string {
  return `started.${restarts}`
}

/**
 * The script of every task. It works on the node's own disk and gives the results back whole or not at all, under
 * the number of its attempt: a node that was given up may still write. What a killed task left on the node is removed
 * by the next one; locks of the kernel tell it from what is in use, and where the process that made it is there, nobody
 * asks. Each program that it starts costs every task 2 ms of a processor, so it starts seven.
 */
export function batchScript(folder: string, setup: string | undefined): string {
  return `#!/bin/bash
# One task of isobench.
${setup ?? ''}
set -u
umask 077
cd ${quoted(folder)}/"$SLURM_ARRAY_TASK_ID" || exit 1
attempt=\${SLURM_RESTART_COUNT:-0}
: > "${startedName('$attempt')}" || exit 1
echo "on \${SLURMD_NODENAME:-$HOSTNAME}, attempt $attempt"

root=\${TMPDIR:-/tmp}/isobench-slurm-$UID
[ -d "$root" ] || mkdir -p -m 700 "$root"
if [ ! -O "$root" ] || [ -L "$root" ]; then echo "error: folder belongs to somebody else: $root"; exit 1; fi
exec 8> "$root/lock"
flock 8
for other in "$root"/*/; do
  other=\${other%/}
  if [ ! -d "$other" ] || [ -d "/proc/\${other##*.}" ]; then continue; fi
  { flock -n 7 && rm -rf "$other"; } 2> /dev/null 7>> "$other/lock"
done
scratch=$root/$SLURM_JOB_ID.$RANDOM$RANDOM.$$
mkdir "$scratch" "$scratch/results" || exit 1
exec 9> "$scratch/lock"
flock 9
exec 8>&-
trap 'rm -rf "$scratch"' EXIT
trap 'kill $! 2> /dev/null; wait; exit 143' TERM

if [ -d earlier ]; then cp -r earlier/. "$scratch/results/"; fi
python3 -B run.py --output "$scratch/results" --work "$scratch/work" & wait $!
code=$?
if [ "$code" = 0 ] || [ "$code" = 3 ]; then
  part=part.$attempt
  if [ -e "$part" ]; then rm -rf "$part"; fi
  cp -r "$scratch/results" "$part" && mv -T "$part" "${resultsName('$attempt')}" || exit 1
fi
exit "$code"
`
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`
}
