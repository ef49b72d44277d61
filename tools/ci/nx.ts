import { spawnSync } from 'node:child_process'

/** Started by this process's own Node, without the second that `npx` takes. */
export const nx = 'node_modules/nx/dist/bin/nx.js'

/** Runs a program where this process is, shows what it prints, and ends this process with it when it fails. */
export function show(program: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}

/** Runs a program and gives what it prints. */
export function read(program: string, ...args: readonly string[]): string {
  const { status, stdout, error } = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1e9,
  })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
  return stdout
}

/** The datasets that an argument names: `all`, or a JSON list. */
export function datasetsNamed(argument: string | undefined): string[] {
  if (argument === undefined) throw new Error('which datasets? all, or a JSON list of names')
  if (argument !== 'all') return JSON.parse(argument) as string[]
  return JSON.parse(read(process.execPath, nx, 'show', 'projects', '--projects', 'tag:dataset', '--json')) as string[]
}
