import { globSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../plugins/isobench/src/adapters/process.ts'

/** The preloaded library of the Debian package libfaketime, installed or unpacked; undefined where it cannot be had. */
export async function fakeTimeLibrary(workspace: string): Promise<string | undefined> {
  const installed = globSync('/usr/lib/*/faketime/libfaketime.so.1')
  if (installed.length > 0) return installed[0]
  const folder = join(workspace, 'node_modules/libfaketime')
  await mkdir(folder, { recursive: true })
  const { exitCode } = await run('apt-get', ['download', 'libfaketime'], { cwd: folder })
  const archive = (await readdir(folder)).find((name) => name.endsWith('.deb'))
  if (exitCode !== 0 || archive === undefined) return undefined
  await run('dpkg-deb', ['--extract', archive, '.'], { cwd: folder })
  return globSync(join(folder, 'usr/lib/*/faketime/libfaketime.so.1'))[0]
}
