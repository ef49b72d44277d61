import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { NxResult, Workspace } from '../../test/support/workspace.ts'

/** What one Nx command took. */
export interface Timing {
  readonly seconds: number
  /** CPU time of its Node processes together, in seconds: steadier than the wall clock where a machine is shared */
  readonly cpuSeconds: number
  /** Peak resident memory of its largest Node process */
  readonly megabytes: number
}

/** Below the installed packages, which git ignores: what lies there is no input of any task. */
const reporter = 'node_modules/usage.mjs'
const report = 'node_modules/usage.jsonl'
const code = `
import { appendFileSync } from 'node:fs'
const file = new URL('usage.jsonl', import.meta.url)
process.on('exit', () => appendFileSync(file, JSON.stringify(process.resourceUsage()) + '\\n'))
`

/** Runs one Nx command, every Node process of which reports what it used. @throws Error when it fails or `check` does */
export async function timeNx(
  workspace: Workspace,
  args: readonly string[],
  check: (result: NxResult) => void,
  environment: Readonly<Record<string, string>> = {},
): Promise<Timing> {
  await workspace.write(reporter, code)
  await rm(join(workspace.directory, report), { force: true })
  const start = performance.now()
  const reporting = { NODE_OPTIONS: `--import=${join(workspace.directory, reporter)}` }
  const result = await workspace.nx(args, { ...environment, ...reporting })
  const seconds = (performance.now() - start) / 1000
  if (result.exitCode !== 0) throw new Error(`nx ${args.join(' ')} failed: ${result.output.slice(-2000)}`)
  check(result)
  const usages = await readUsages(join(workspace.directory, report))
  const kibibytes = Math.max(...usages.map(({ maxRSS }) => maxRSS))
  const microseconds = usages.reduce((sum, { userCPUTime, systemCPUTime }) => sum + userCPUTime + systemCPUTime, 0)
  return { seconds, cpuSeconds: microseconds / 1e6, megabytes: (kibibytes * 1024) / 1e6 }
}

async function readUsages(path: string): Promise<NodeJS.ResourceUsage[]> {
  const lines = (await readFile(path, 'utf8')).trim().split('\n')
  return lines.map((line) => JSON.parse(line))
}
