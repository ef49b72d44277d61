import { readFile } from 'node:fs/promises'

/**
 * A name for the Nx command that this process belongs to: the number of the outermost Nx process, and when that started,
 * because numbers come again. Nx tells its children whose they are in `NX_INVOCATION_ANCESTOR_PIDS`.
 */
export async function currentRun(environment = process.env): Promise<string> {
  const [outermost] = (environment['NX_INVOCATION_ANCESTOR_PIDS'] ?? '').match(/\d+/) ?? [String(process.pid)]
  const [, afterName = ''] = /\) (.*)$/s.exec(await readFile(`/proc/${outermost}/stat`, 'utf8')) ?? []
  // The 22nd field of proc(5); the first two end with the parenthesis.
  return `${outermost}-${afterName.split(' ')[19]}`
}
