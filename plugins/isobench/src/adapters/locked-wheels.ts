import { join } from 'node:path'
import { bestWheel, lockedFiles } from '../domain/locked-wheels.ts'
import { normalizeName } from '../domain/wheel-name.ts'
import { IsobenchError } from '../errors.ts'
import { download } from './http.ts'
import { run } from './process.ts'
import type { WheelStore } from './wheel-store.ts'

/** A wheel on this machine. */
export interface WheelFile {
  readonly file: string
  readonly filename: string
  readonly sha256: string
}

const question = `
from pip._vendor.packaging.tags import sys_tags
print("\\n".join(str(tag) for tag in sys_tags()))`

/**
 * Every wheel of a lock but that of the measured package, as the interpreter would install it, fetched where the store
 * has it not.
 * @param python path of the interpreter that the lock is for
 * @throws IsobenchError `prerequisite-missing` when a package has no wheel for it, `network`, or `corrupt-artifact` when
 * a host gives another wheel than the lock names
 */
export async function fetchLockedWheels(
  lock: string,
  distribution: string,
  python: string,
  store: WheelStore,
): Promise<WheelFile[]> {
  const others = lockedFiles(lock).filter(({ name }) => normalizeName(name) !== normalizeName(distribution))
  if (others.length === 0) return []
  const tags = await tagsOf(python)
  const found: WheelFile[] = []
  for (const { name, wheels } of others) {
    const wheel = bestWheel(wheels, tags)
    if (wheel === undefined) {
      throw new IsobenchError('prerequisite-missing', `the lock has no wheel of this package for ${python}: ${name}`, {
        hint: 'a bundle carries wheels only; set `dependency_source: host` to take it from the measuring machine',
      })
    }
    const { url } = wheel
    const stored = (await store.recall({ url })) ?? (await fetchOnce(url, wheel.filename, store))
    if (stored.sha256 !== wheel.sha256) {
      throw new IsobenchError('corrupt-artifact', `another wheel than the lock names, ${stored.sha256}: ${url}`)
    }
    found.push({ file: store.path(stored), filename: stored.filename, sha256: stored.sha256 })
  }
  return found
}

function fetchOnce(url: string, filename: string, store: WheelStore) {
  return store.withFolder(async (folder) => {
    await download(url, join(folder, 'wheel'))
    return store.keep(join(folder, 'wheel'), filename, { url })
  })
}

async function tagsOf(python: string): Promise<string[]> {
  const answer = await run(python, ['-I', '-c', question])
  if (answer.exitCode === 0) return answer.stdout.trim().split('\n')
  throw new IsobenchError('prerequisite-missing', `cannot tell which wheels fit, no pip: ${python}`, {
    hint: 'install pip for it',
  })
}
