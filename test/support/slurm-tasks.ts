import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { type ClusterTask, createCluster } from '../../plugins/isobench/src/adapters/slurm.ts'
import { sha256 } from '../../plugins/isobench/src/domain/digest.ts'
import { RunnerSettings } from '../../plugins/isobench/src/schema/runner-settings.ts'

/** The head of every `run.py` here: `out` is where results go, `attempt` counts the starts of the task. */
const head = `import os, sys, time
out = sys.argv[sys.argv.index("--output") + 1]
attempt = int(os.environ.get("SLURM_RESTART_COUNT", "0"))
def give(text):
    with open(os.path.join(out, "result"), "w") as file: file.write(text)
def wait_for(path):
    while not os.path.exists(path): time.sleep(0.05)
`

/** A folder that a cluster shares with its nodes, and what came back from them. */
export interface SlurmRig {
  readonly folder: string
  /** Task name to the text that its node gave back */
  readonly results: Map<string, string>
  /** Lines that were said of a task */
  readonly lines: Map<string, string[]>
  /** Measures all in one call, each by its Python. @returns `ok` or the error, as a person reads it, by name */
  measure(
    programs: Readonly<Record<string, string>>,
    settings?: Partial<RunnerSettings>,
  ): Promise<Record<string, string>>
  /** The folder of a task while it is in Slurm */
  taskFolder(name: string): Promise<string>
  /** The number of the task in Slurm, e.g. `3_1` */
  idOf(name: string): Promise<string>
  /** What is left of arrays and wheels */
  left(): Promise<string[]>
  remove(): Promise<void>
}

export const quickSettings = { kind: 'slurm', cpus: 1, memory: '100M', poll_seconds: 0.3 } as const

export async function createSlurmRig(at?: string): Promise<SlurmRig> {
  const folder = at ?? (await mkdtemp(join(tmpdir(), "isobench %slurm's-")))
  const results = new Map<string, string>()
  const lines = new Map<string, string[]>()
  const find = async (name: string): Promise<{ folder: string; id: string } | undefined> => {
    for (const array of (await readdir(folder)).filter((each) => each.startsWith('isobench-'))) {
      const text = await readFile(join(folder, array, 'submission.json'), 'utf8').catch(() => '{"plans": []}')
      const { job, plans } = JSON.parse(text)
      const index = plans.indexOf(sha256(name))
      if (index >= 0 && job !== null) return { folder: join(folder, array, String(index)), id: `${job}_${index}` }
    }
    return undefined
  }
  const found = (name: string) => eventually(() => find(name))
  return {
    folder,
    results,
    lines,
    async measure(programs, settings = {}) {
      const cluster = createCluster(RunnerSettings.parse({ ...quickSettings, ...settings }), folder, console.error)
      const names = Object.keys(programs)
      const tasks = names.map((name): ClusterTask => {
        const said: string[] = []
        lines.set(name, said)
        return {
          digest: sha256(name),
          log: (line) => void said.push(line),
          write: async (target) => {
            await mkdir(target)
            await writeFile(join(target, 'run.py'), head + programs[name]!)
          },
          take: async (from) => {
            if (results.has(name)) throw new Error(`taken twice: ${name}`)
            results.set(name, await readFile(join(from, 'result'), 'utf8'))
          },
        }
      })
      const ended = await Promise.allSettled(cluster.perform(tasks))
      return Object.fromEntries(ended.map((each, index) => [names[index]!, endOf(each)]))
    },
    taskFolder: async (name) => (await found(name)).folder,
    idOf: async (name) => (await found(name)).id,
    left: async () => (await readdir(folder)).filter((name) => /^(isobench-|wheels$)/.test(name)),
    remove: () => rm(folder, { recursive: true }),
  }
}

/** A process of its own that measures in this folder. */
export function startSlurmProcess(folder: string, programs: Readonly<Record<string, string>>) {
  const script = join(import.meta.dirname, 'slurm-process.ts')
  return execa(process.execPath, [script, folder, JSON.stringify(programs)], { reject: false, stdin: 'ignore' })
}

/** Asks until there is an answer; the time limit of the test is the limit. */
export async function eventually<Value>(
  ask: () => Promise<Value | undefined | false>,
  everySeconds = 0.05,
): Promise<Value> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    await new Promise((resolve) => setTimeout(resolve, 1000 * everySeconds))
  }
}

function endOf(ended: PromiseSettledResult<void>): string {
  if (ended.status === 'fulfilled') return 'ok'
  return 'format' in ended.reason ? ended.reason.format() : String(ended.reason)
}
