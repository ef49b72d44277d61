import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type InstalledFacts, identifySide } from '../domain/identity.ts'
import { dependencyChoices } from '../domain/dependency-choices.ts'
import { lockOfOne, publishLock } from '../domain/lock.ts'
import { IsobenchError } from '../errors.ts'
import type { InstalledSide } from '../schema/environment.ts'
import type { RepositoryInput, WheelSource } from '../schema/repository.ts'
import { inspectEnvironment } from './environment-inspection.ts'
import { type Maker, type SideToInstall, bringWheel, ensureEnvironment, environmentKey } from './environment-folder.ts'
import { installingLease } from './environment-place.ts'
import { exists } from './files.ts'
import type { Git } from './git.ts'
import type { Installer } from './installer.ts'
import { type HeldLock, takeLocks } from './kernel-lock.ts'
import { type WheelFile, fetchLockedWheels } from './locked-wheels.ts'
import { findPip } from './pip.ts'
import { type Interpreter, chooseInterpreter } from './python.ts'
import type { ClusterForBuilds } from './slurm-build.ts'
import { findUv } from './uv.ts'
import type { PeekedWheel } from './wheel-sources/peek-wheel.ts'
import type { Ask, CommitToInstall, Located, Probe, Wheel } from './wheel-sources/source.ts'
import { openWheelSources, wish } from './wheel-sources/wheel-sources.ts'
import { parseWheelName, pythonOfTags } from '../domain/wheel-name.ts'
import { openWheelStore } from './wheel-store.ts'

export type { SideToInstall } from './environment-folder.ts'
export type { Interpreter } from './python.ts'
export type { PeekedWheel } from './wheel-sources/peek-wheel.ts'
export type { Ask, CommitToInstall, Located, Probe, Wheel } from './wheel-sources/source.ts'

/** A lock, or one line that says why there is no solution. */
export type LockResult = { readonly lock: string } | { readonly unresolvable: string }

/** Wheels, locks and environments of one repository, kept in a store that every task shares. */
export interface Environments {
  /** uv, or pip where uv cannot be had. */
  installer(): Promise<Pick<Installer, 'name' | 'version'>>
  /** Asks one wheel source for the wheel of a commit. @param python wanted version such as `3.11` */
  probe(source: WheelSource, commit: CommitToInstall, python?: string): Promise<Probe>
  /**
   * Asks the same of a source, but fetches and makes nothing: what can be known of the wheel without that.
   * @param commits full hashes of the ones that will be asked for
   */
  peekAt(commits: readonly string[]): Ask<Located<PeekedWheel>>
  /** The interpreter that fits the wish and every wheel. @throws IsobenchError `prerequisite-missing` */
  choosePython(
    wheels: readonly Pick<PeekedWheel, 'filename' | 'requiresPython'>[],
    python?: string,
  ): Promise<Interpreter>
  /** Whether anything besides the wheel is to be installed. */
  hasDependencies(wheel: Wheel): boolean
  /** A `pylock.toml` for the wheel and what it needs. @param cutoff RFC 3339: nothing published later is considered */
  lock(wheel: Wheel, python: Interpreter, cutoff: string): Promise<LockResult>
  /** The key of the environment that a lock makes with an interpreter. */
  key(lock: string, python: Interpreter): string
  /**
   * Makes sure that the environment is there and whole, also when the store was deleted: the wheel is then built or
   * fetched again and must have the same digest. It is not collected before `release`, or the end of this process.
   * @returns its interpreter
   */
  ensure(side: SideToInstall, lock: string): Promise<{ readonly python: string }>
  /** The wheel files of a side, that of the package first, built or fetched where the store has them not. */
  wheelFiles(side: SideToInstall, lock: string): Promise<WheelFile[]>
  /** Asks an environment what it holds. @param python its interpreter */
  inspect(python: string, wheel: { readonly sha256: string; readonly filename: string }): Promise<InstalledFacts>
  /**
   * Asks an environment once more whether it is what was installed: time has passed, or it was made again from its lock.
   * @throws IsobenchError `corrupt-artifact` that says what does not fit
   */
  prove(side: InstalledSide, python: string): Promise<void>
  /** Says that no environment is used any more. */
  release(): Promise<void>
}

/** Opens the store of environments. Nothing is run or written before it is needed. */
export function createEnvironments(options: {
  readonly storeDirectory: string
  readonly repository: RepositoryInput
  readonly git: () => Promise<Git>
  readonly log: (message: string) => void
  /** Where uv is kept when it is not on the search path; default: `<storeDirectory>/tools` */
  readonly toolsDirectory?: string
  /** Where wheels are built; default: on this machine */
  readonly cluster?: () => Promise<ClusterForBuilds | undefined>
}): Environments {
  const { storeDirectory, git, log } = options
  const { settings } = options.repository
  const dependencies = settings.dependencies ?? []
  const anyPython = once(() => chooseInterpreter(['>=3.8']))
  const leases: HeldLock[] = []
  const store = openWheelStore(storeDirectory, anyPython)
  const installer = once(async () => {
    const python = await anyPython()
    const toolsDirectory = options.toolsDirectory ?? join(storeDirectory, 'tools')
    const cacheDirectory = join(storeDirectory, 'uv-cache')
    return (await findUv({ toolsDirectory, cacheDirectory, python, log })) ?? findPip(python)
  })

  const { cluster } = options
  const sources = openWheelSources({ storeDirectory, settings, store, git, installer, anyPython, cluster, log })

  const hasDependencies = (wheel: Wheel) =>
    settings.dependency_source !== 'host' &&
    (dependencies.length > 0 || wheel.requiresDist.some((line) => !/;.*\bextra\s*==/.test(line)))

  const distribution = settings.package.name
  const maker: Maker = { storeDirectory, store, distribution, installer, anyPython, makeAgain: sources.makeAgain, log }

  const resolve = async (wheel: Wheel, python: Interpreter, cutoff: string): Promise<LockResult> => {
    const [installing] = await takeLocks([{ path: installingLease(storeDirectory), mode: 'shared' }], python.path)
    try {
      // One without the wheel would have no solution, and that would be recorded.
      if (!(await exists(store.path(wheel)))) throw collected(wheel)
      const requirements = [`${wheel.name} @ ${pathToFileURL(store.path(wheel)).href}`, ...dependencies]
      const [chosen, choices] = [await installer(), dependencyChoices(settings)]
      const result = await store.withFolder((directory) =>
        chosen.resolve({ requirements, python, cutoff, choices, directory }),
      )
      return 'lock' in result ? { lock: publishLock(result.lock, wheel) } : result
    } finally {
      await installing!.release()
    }
  }

  const inspect: Environments['inspect'] = (python, wheel) =>
    store.withFolder((folder) =>
      inspectEnvironment(python, settings.package.name, settings.package.import, store.path(wheel), folder),
    )

  return {
    installer,
    hasDependencies,
    key: environmentKey,

    probe: sources.probe,
    peekAt: sources.peekAt,

    choosePython: (wheels, python) => chooseInterpreter([...wish(python), ...wheels.flatMap(pythonsOf)]),

    lock: async (wheel, python, cutoff) =>
      hasDependencies(wheel) ? resolve(wheel, python, cutoff) : { lock: lockOfOne(wheel, python.version) },

    async ensure(side, lock) {
      const { python, lease } = await ensureEnvironment(side, lock, maker)
      leases.push(lease)
      return { python }
    },

    async wheelFiles(side, lock) {
      const python = await chooseInterpreter([`==${side.python}`])
      const { filename, sha256 } = side.wheel
      const own = { file: await bringWheel(side, python, maker), filename, sha256 }
      return [own, ...(await fetchLockedWheels(lock, distribution, python.path, store))]
    },

    inspect,

    async prove(side, python) {
      await bringWheel(side, await chooseInterpreter([`==${side.python}`]), maker)
      const proof = identifySide(side, await inspect(python, side.wheel))
      if (!('mismatch' in proof)) return
      throw new IsobenchError('corrupt-artifact', `the environment is not what was installed: ${proof.mismatch}`, {
        hint: `remove the folders envs and uv-cache from ${storeDirectory}, and run the target again`,
      })
    },

    release: async () => {
      await Promise.all(leases.splice(0).map((lease) => lease.release()))
    },
  }
}

/** Which Pythons the METADATA and the tags of a wheel allow, as version specifiers; what is not known allows all. */
function pythonsOf({ filename, requiresPython }: Pick<PeekedWheel, 'filename' | 'requiresPython'>): string[] {
  return [requiresPython ?? '', filename === null ? '' : pythonOfTags(parseWheelName(filename)!)]
}

function collected({ filename }: Wheel): IsobenchError {
  return new IsobenchError('interrupted', `the wheel was removed from the store meanwhile: ${filename}`, {
    hint: 'run the target again: it is fetched or built once more',
  })
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => (made ??= make())
}
