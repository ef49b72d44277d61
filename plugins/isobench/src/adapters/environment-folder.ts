import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson, canonicalJsonLine } from '../domain/canonical-json.ts'
import { localizeLock, lockedPackages } from '../domain/lock.ts'
import { IsobenchError } from '../errors.ts'
import type { InstalledSide } from '../schema/environment.ts'
import { exists, readTextIfPresent, sha256, writeAtomically } from './files.ts'
import { download } from './http.ts'
import type { Installer } from './installer.ts'
import { holdingLock } from './kernel-lock.ts'
import { type Interpreter, chooseInterpreter } from './python.ts'
import { digestFile } from './wheel.ts'
import type { WheelStore } from './wheel-store.ts'

/** What of an installed side says which environment it is. */
export type SideToInstall = Pick<InstalledSide, 'commit' | 'python' | 'lock_sha256' | 'environment_key'> & {
  /** Another environment of the same content, under a name of the same length */
  readonly secondInstallation?: boolean
  readonly wheel: Pick<InstalledSide['wheel'], 'filename' | 'location' | 'sha256' | 'version'>
}

interface Maker {
  readonly storeDirectory: string
  readonly store: WheelStore
  /** Distribution name of the package that the lock pins by its wheel */
  readonly distribution: string
  readonly installer: () => Promise<Installer>
  /** Builds the wheel of a commit into the store once more */
  readonly buildAgain: (commit: string, python: Interpreter) => Promise<void>
  readonly log: (message: string) => void
}

/** The key of the environment that a lock makes with an interpreter: equal keys share one environment. */
export function environmentKey(lock: string, { version, platform }: Omit<Interpreter, 'path'>): string {
  return sha256(canonicalJsonLine({ lock, version, platform })).slice(0, 32)
}

/**
 * Makes sure that the environment of a side stands whole at `<storeDirectory>/envs/<key>`, and gives its interpreter.
 * It is made at its final place, for an environment cannot be moved, by one process at a time; the marker
 * `<key>.ready.json` comes last, so what a crash leaves half done is thrown away by the next.
 * @throws IsobenchError `corrupt-artifact` when lock, wheel or platform are not those of the side
 */
export async function ensureEnvironment(side: SideToInstall, lock: string, maker: Maker): Promise<{ python: string }> {
  if (sha256(lock) !== side.lock_sha256) {
    throw stale(`the lock is another one than before: ${sha256(lock)}`)
  }
  const name = side.secondInstallation === true ? `${side.environment_key.slice(0, -2)}-2` : side.environment_key
  const directory = join(maker.storeDirectory, 'envs', name)
  const python = join(directory, 'bin', 'python')
  const marker = `${directory}.ready.json`
  const content = canonicalJson({ lock_sha256: side.lock_sha256, python: side.python, wheel_sha256: side.wheel.sha256 })
  const isReady = async () => (await readTextIfPresent(marker)) === content && (await exists(python))
  if (await isReady()) return { python }
  const interpreter = await chooseInterpreter([`==${side.python}`])
  if (environmentKey(lock, interpreter) !== side.environment_key) {
    throw stale(`the environment is for another platform than this one: ${interpreter.platform}`)
  }
  const lockPath = join(maker.storeDirectory, 'locks', `env-${name}`)
  await holdingLock(lockPath, interpreter.path, async (file) => {
    if (await isReady()) return
    const [installer, wheelFile] = await Promise.all([maker.installer(), bringWheel(side, interpreter, maker)])
    maker.log(`installing ${side.wheel.filename} with ${installer.name} ${installer.version}`)
    await rm(marker, { force: true })
    await rm(directory, { recursive: true, force: true })
    const lockFile = join(maker.storeDirectory, 'envs', `pylock.${name}.toml`)
    await writeAtomically(
      lockFile,
      localizeLock(lock, { name: maker.distribution, sha256: side.wheel.sha256 }, wheelFile),
    )
    const packages = lockedPackages(lock).length
    await installer.materialize({ directory, python: interpreter, lockFile, wheelFile, packages, lock: file })
    await writeAtomically(marker, content)
  })
  return { python }
}

/** The wheel of a side, from the store or once more from where it came, with the digest that the side names. */
async function bringWheel({ commit, wheel }: SideToInstall, python: Interpreter, maker: Maker): Promise<string> {
  const path = maker.store.path(wheel)
  if (await isWheel(path, wheel.sha256)) return path
  await rm(path, { force: true })
  if (wheel.location.startsWith('build:')) await maker.buildAgain(commit, python)
  else await fetchAgain(wheel, maker.store)
  if (await isWheel(path, wheel.sha256)) return path
  throw stale(`cannot get the same wheel again: ${wheel.location}`)
}

async function isWheel(path: string, digest: string): Promise<boolean> {
  return (await exists(path)) && (await digestFile(path)).sha256 === digest
}

function fetchAgain({ location, filename }: SideToInstall['wheel'], store: WheelStore): Promise<unknown> {
  return store.withFolder(async (folder) => {
    await download(location, join(folder, 'wheel'))
    await store.keep(join(folder, 'wheel'), filename, { url: location })
  })
}

function stale(message: string): IsobenchError {
  return new IsobenchError('corrupt-artifact', message, {
    hint: 'run the target `install-wheel` again with --skip-nx-cache',
  })
}
