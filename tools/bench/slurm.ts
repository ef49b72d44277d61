import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ClusterTask, createCluster } from '../../plugins/isobench/src/adapters/slurm.ts'
import { sha256 } from '../../plugins/isobench/src/domain/digest.ts'
import { median } from '../../plugins/isobench/src/domain/hodges-lehmann.ts'
import { RunnerSettings } from '../../plugins/isobench/src/schema/runner-settings.ts'
import { type SlurmSandbox, createSlurmSandbox, hasSlurm } from '../../test/support/slurm-sandbox.ts'
import { eventually } from '../../test/support/slurm-tasks.ts'
import { type Measure, atMost } from './measure.ts'

const tasks = 60
const taskSeconds = 0.1
const rounds = 3
const pollSeconds = 0.3
const resources = ['--cpus-per-task=1', '--mem=100M', '--gres=gpu:h100:1']

/**
 * 60 tasks of 0.1 s on three emulated nodes with two GPUs each: from the first bundle written to the last result taken,
 * against a plain array that sleeps as long, from `sbatch` until `squeue` has none of it. Both look every 0.3 s.
 * Without Slurm on this machine there is no measure.
 */
export async function* slurmMeasures(): AsyncGenerator<Measure> {
  if (!hasSlurm) return
  const cluster = await createSlurmSandbox(3)
  try {
    const [plain, ours]: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      plain.push(await secondsOf(() => plainArray(cluster)))
      ours.push(await secondsOf(() => ourArray(join(cluster.configuration, `../../shared-${round}`))))
    }
    const [peer, value] = [median(plain.toSorted(ascending)), median(ours.toSorted(ascending))]
    yield atMost(2, 'slurm/array-of-60', value / peer, 'times a plain sbatch --array', {
      'plain s': peer,
      'isobench s': value,
    })
  } finally {
    await cluster.remove()
  }
}

async function plainArray(cluster: SlurmSandbox): Promise<void> {
  const args = ['--parsable', `--array=0-${tasks - 1}`, '--output=/dev/null', ...resources]
  const job = await cluster.slurm('sbatch', ...args, `--wrap=sleep ${taskSeconds}`)
  await eventually(async () => (await cluster.slurm('squeue', '--noheader', `--jobs=${job}`)) === '', pollSeconds)
}

async function ourArray(folder: string): Promise<void> {
  const setup = 'export PATH=/usr/bin:/bin' // a python3 of the system: one of a version manager takes 0.2 s to start
  const settings = { kind: 'slurm', cpus: 1, memory: '100M', gres: 'gpu:h100:1', poll_seconds: pollSeconds, setup }
  const cluster = createCluster(RunnerSettings.parse(settings), folder, console.error)
  const ended = cluster.perform(Array.from({ length: tasks }, (_, index) => sleeper(index)))
  await Promise.all(ended)
}

function sleeper(index: number): ClusterTask {
  return {
    digest: sha256(`sleeper ${index}`),
    log: () => undefined,
    take: async () => undefined,
    write: async (folder) => {
      await mkdir(folder)
      await writeFile(join(folder, 'run.py'), `import time\ntime.sleep(${taskSeconds})\n`)
    },
  }
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

function ascending(one: number, other: number): number {
  return one - other
}
