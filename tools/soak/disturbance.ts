import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cleanEnvironment } from '../../plugins/isobench/src/adapters/process.ts'
import { type Victim, processesIn, processesOf, victims } from './processes.ts'
import { lostRuns, readRuns } from './store-state.ts'
import type { SoakWorkspace } from './workspace.ts'

/** What one disturbance did. */
export interface Disturbance {
  readonly victim: Victim
  readonly batch: boolean
  readonly afterSeconds: number
  /** How many processes were there to be killed: none when the command had ended before */
  readonly killed: number
  /** Measured processes that the store holds afterwards */
  readonly runs: number
  /** Measurements that are gone or were repeated; must be empty */
  readonly lost: readonly string[]
}

const program = join(import.meta.dirname, '../../node_modules/nx/dist/bin/nx.js')

/**
 * Runs the whole dataset and kills one kind of process at a random moment. Ends when nothing of the run is left. A run
 * that came to its end loses Nx's cache, so that the next one goes through all stages again, over the same store.
 * @param random the next number of a seeded generator, below 1
 */
export async function disturb(soak: SoakWorkspace, random: () => number, latestSeconds: number): Promise<Disturbance> {
  const victim = victims[Math.floor(random() * victims.length)]!
  const batch = random() < 0.5
  const afterSeconds = 1 + random() * (latestSeconds - 1)
  const before = await readRuns(soak.storeDirectory)
  const child = spawn(process.execPath, [program, 'run-many', '-t', 'assemble', `--batch=${batch}`], {
    cwd: soak.workspace.directory,
    env: cleanEnvironment({ ...settings, NX_DAEMON: String(victim === 'daemon') }),
    stdio: 'ignore',
  })
  const ended = new Promise<number | null>((resolve) => {
    child.on('exit', (code) => resolve(code))
  })
  const isOver = await Promise.race([sleep(afterSeconds * 1000, false), ended.then(() => true)])
  const found = isOver ? [] : await processesOf(victim, child.pid!, soak.workspace.directory)
  const killed = found.filter(kill).length
  const exitCode = await ended
  await untilNobodyWorks(soak.workspace.directory)
  if (exitCode === 0) await forgetNxCache(soak)
  const after = await readRuns(soak.storeDirectory)
  const runs = [...after.values()].reduce((sum, lines) => sum + lines.length, 0)
  return { victim, batch, afterSeconds, killed, runs, lost: lostRuns(before, after) }
}

const settings = { NX_ISOLATE_PLUGINS: 'false', NX_LOAD_DOT_ENV_FILES: 'false', NO_COLOR: '1' }

/** Everything that Nx has: its cache, its database, and the outputs that it would find in place. */
export async function forgetNxCache({ workspace, commits }: SoakWorkspace): Promise<void> {
  const outputs = [...commits, 'datasets/soak'].map((folder) => `${folder}/out`)
  const folders = ['.nx/cache', '.nx/workspace-data', ...outputs]
  await Promise.all(folders.map((folder) => rm(join(workspace.directory, folder), { recursive: true, force: true })))
}

/** @returns whether there was such a process */
function kill(id: number): boolean {
  try {
    process.kill(id, 'SIGKILL')
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** Waits for what a killed parent left behind; the daemon, which would stay, is ended. @throws Error after two minutes */
async function untilNobodyWorks(directory: string): Promise<void> {
  const deadline = Date.now() + 120_000
  for (;;) {
    for (const id of await processesOf('daemon', 0, directory)) kill(id)
    const left = await processesIn(directory)
    if (left.length === 0) return
    if (Date.now() > deadline) throw new Error(`processes live on after their run: ${left.join(', ')}`)
    await sleep(200)
  }
}
