import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJsonLine } from '../domain/canonical-json.ts'
import { localizeLock, lockedPackages } from '../domain/lock.ts'
import { IsobenchError } from '../errors.ts'
import type { InstalledSide } from '../schema/environment.ts'
import {
  type EnvironmentFacts,
  type EnvironmentPlace,
  environmentPlace,
  installingLease,
  markReady,
  removeEnvironment,
  useIfReady,
} from './environment-place.ts'
import { exists, sha256, writeAtomically } from './files.ts'
import { download } from './http.ts'
import type { Installer } from './installer.ts'
import { type HeldLock, type Lock, takeLocks } from './kernel-lock.ts'
import { type Interpreter, chooseInterpreter } from './python.ts'
import { digestFile } from './wheel.ts'
import type { WheelSources } from './wheel-sources/wheel-sources.ts'
import type { WheelStore } from './wheel-store.ts'

/** What of an installed side says which environment it is. */
export type SideToInstall = Pick<InstalledSide, 'commit' | 'python' | 'lock_sha256' | 'environment_key'> & {
  /** Another environment of the same content, under a name of the same length */
  readonly secondInstallation?: boolean
  readonly wheel: Pick<InstalledSide['wheel'], 'filename' | 'location' | 'sha256' | 'version'> &
    Partial<Pick<InstalledSide['wheel'], 'overlay'>>
}

export interface Maker {
  readonly storeDirectory: string
  readonly store: WheelStore
  /** Distribution name of the package that the lock pins by its wheel */
  readonly distribution: string
  readonly installer: () => Promise<Installer>
  /** Any interpreter, to take locks with */
  readonly anyPython: () => Promise<Interpreter>
  /** Makes a wheel that was built or overlaid here once more, into the store */
  readonly makeAgain: WheelSources['makeAgain']
  readonly log: (message: string) => void
}

/** An environment that is there and whole; while the lease is held, it is not collected. */
export interface LeasedEnvironment {
  readonly python: string
  readonly lease: HeldLock
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
export async function ensureEnvironment(side: SideToInstall, lock: string, maker: Maker): Promise<LeasedEnvironment> {
  if (sha256(lock) !== side.lock_sha256) {
    throw stale(`the lock is another one than before: ${sha256(lock)}`)
  }
  const name = side.secondInstallation === true ? `${side.environment_key.slice(0, -2)}-2` : side.environment_key
  const place = environmentPlace(maker.storeDirectory, name)
  const facts = {
    distribution: maker.distribution,
    lock_sha256: side.lock_sha256,
    python: side.python,
    wheel_sha256: side.wheel.sha256,
  }
  const locks: Lock[] = [
    { path: place.lease, mode: 'shared' },
    { path: installingLease(maker.storeDirectory), mode: 'shared' },
    { path: place.buildLock, mode: 'exclusive' },
  ]
  const [lease, installing, build] = await takeLocks(locks, (await maker.anyPython()).path)
  try {
    if (!(await useIfReady(place, facts))) await make(side, lock, place, facts, build!.file, maker)
    return { python: place.python, lease: lease! }
  } catch (error) {
    await lease!.release()
    throw error
  } finally {
    await Promise.all([installing!.release(), build!.release()])
  }
}

async function make(
  side: SideToInstall,
  lock: string,
  place: EnvironmentPlace,
  facts: EnvironmentFacts,
  heldFile: number,
  maker: Maker,
): Promise<void> {
  const { directory, lockFile } = place
  const interpreter = await chooseInterpreter([`==${side.python}`])
  if (environmentKey(lock, interpreter) !== side.environment_key) {
    throw stale(`the environment is for another platform than this one: ${interpreter.platform}`)
  }
  const [installer, wheelFile] = await Promise.all([maker.installer(), bringWheel(side, interpreter, maker)])
  maker.log(`installing ${side.wheel.filename} with ${installer.name} ${installer.version}`)
  await removeEnvironment(place)
  const wheel = { name: maker.distribution, sha256: side.wheel.sha256 }
  await writeAtomically(lockFile, localizeLock(lock, wheel, wheelFile))
  const packages = lockedPackages(lock).length
  const job = { directory, python: interpreter, lockFile, wheelFile, packages, lock: heldFile }
  const { copied } = await installer.materialize(job).catch(async (error: unknown) => {
    await removeEnvironment(place)
    throw error
  })
  if (copied) {
    maker.log(`files are copied, not linked: the uv cache and the environments share no disk: ${maker.storeDirectory}`)
  }
  await markReady(place, facts)
}

/** The wheel of a side, from the store or once more from where it came, with the digest that the side names. */
export async function bringWheel({ commit, wheel }: SideToInstall, python: Interpreter, maker: Maker): Promise<string> {
  const path = maker.store.path(wheel)
  if (await isWheel(path, wheel.sha256)) return path
  await rm(path, { force: true })
  if (/^https?:/.test(wheel.location)) await fetchAgain(wheel, maker.store)
  else await maker.makeAgain(commit, wheel.overlay ?? null, python)
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
