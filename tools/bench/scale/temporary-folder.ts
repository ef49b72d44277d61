import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { type Measure, figure } from '../measure.ts'

const count = 2000

/**
 * What the folder that all workspaces lie in takes for a folder and a file in it. Nx makes five of the one and two of the
 * other a task, so where this is slow, cold runs measure the disk: ext4 can take ten times as long in a place where much was
 * deleted minutes before (docs/performance.md).
 */
export async function temporaryFolder(when: string): Promise<Measure> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-files-'))
  try {
    const start = performance.now()
    for (let index = 0; index < count; index++) {
      await mkdir(join(folder, String(index)))
      await writeFile(join(folder, String(index), 'file'), 'a line\n')
    }
    const milliseconds = (performance.now() - start) / count
    return figure(`a folder and a file in it, in the temporary folder, ${when}`, milliseconds, 'ms')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
