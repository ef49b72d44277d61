import { readFile, readdir, readlink } from 'node:fs/promises'

/** A process of this machine, as `/proc` has it. */
interface Process {
  readonly id: number
  readonly parent: number
  readonly command: string
  readonly directory: string
}

/**
 * Whom a kill hits: Nx itself, the process of a batch or of a task, or Nx's daemon. Not a measured process: one that was
 * killed is a test that crashed, as far as anybody can tell.
 */
export const victims = ['nx', 'worker', 'daemon'] as const
export type Victim = (typeof victims)[number]

/** Processes of a kind that belong to one Nx command in one workspace. */
export async function processesOf(victim: Victim, nx: number, workspace: string): Promise<number[]> {
  const all = await processes()
  if (victim === 'nx') return ids(all.filter(({ id }) => id === nx))
  if (victim === 'daemon')
    return ids(all.filter(({ command, directory }) => isDaemon(command) && directory.startsWith(workspace)))
  return ids(descendants(all, nx).filter(({ command }) => isWorker(command)))
}

/** All processes that work in a folder, whoever started them. */
export async function processesIn(folder: string): Promise<number[]> {
  const all = await processes()
  return all
    .filter(({ command, directory }) => directory.startsWith(folder) || command.includes(folder))
    .map(({ id }) => id)
}

function ids(chosen: readonly Process[]): number[] {
  return chosen.map(({ id }) => id)
}

function isWorker(command: string): boolean {
  return /run-executor\.js|batch\/run-batch\.js/.test(command)
}

function isDaemon(command: string): boolean {
  return command.includes('daemon/server/start.js')
}

function descendants(all: readonly Process[], id: number): Process[] {
  const children = all.filter(({ parent }) => parent === id)
  return children.concat(children.flatMap(({ id: child }) => descendants(all, child)))
}

async function processes(): Promise<Process[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const read = await Promise.all(names.map((id) => readProcess(id).catch(() => undefined))) // it may have ended by now
  return read.filter((each) => each !== undefined)
}

async function readProcess(id: number): Promise<Process> {
  const [status, command, directory] = await Promise.all([
    readFile(`/proc/${id}/stat`, 'utf8'),
    readFile(`/proc/${id}/cmdline`, 'utf8'),
    readlink(`/proc/${id}/cwd`),
  ])
  const parent = Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1])
  return { id, parent, command: command.replaceAll('\0', ' '), directory }
}
