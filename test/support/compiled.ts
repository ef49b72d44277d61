import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * For one run of Vitest, what V8 made of the sources of Nx and of the plugin is kept: a fifth of the processor time of
 * an Nx command that runs stages.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-compiled-'))
  process.env['ISOBENCH_TEST_COMPILED'] = folder
  return () => rm(folder, { recursive: true, force: true, maxRetries: 5 })
}
