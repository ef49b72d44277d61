import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { NxResult, Workspace } from '../../test/support/workspace.ts'

/** What one Nx command took. */
export interface Timing {
  readonly seconds: number
  /** Peak resident memory of its largest Node process */
  readonly megabytes: number
}

/** Below the installed packages, which git ignores: what lies there is no input of any task. */
const reporter = 'node_modules/peak-memory.mjs'
const report = 'node_modules/peak-memory.txt'
const code = `
import { appendFileSync } from 'node:fs'
const file = new URL('peak-memory.txt', import.meta.url)
process.on('exit', () => appendFileSync(file, process.resourceUsage().maxRSS + '\\n'))
`

/** Runs one Nx command, every Node process of which reports its peak memory. @throws Error when it fails or `check` does */
export async function timeNx(
  workspace: Workspace,
  args: readonly string[],
  check: (result: NxResult) => void,
): Promise<Timing> {
  await workspace.write(reporter, code)
  await rm(join(workspace.directory, report), { force: true })
  const start = performance.now()
  const result = await workspace.nx(args, { NODE_OPTIONS: `--import=${join(workspace.directory, reporter)}` })
  const seconds = (performance.now() - start) / 1000
  if (result.exitCode !== 0) throw new Error(`nx ${args.join(' ')} failed: ${result.output.slice(-2000)}`)
  check(result)
  const kibibytes = (await readFile(join(workspace.directory, report), 'utf8')).trim().split('\n').map(Number)
  return { seconds, megabytes: (Math.max(...kibibytes) * 1024) / 1e6 }
}
