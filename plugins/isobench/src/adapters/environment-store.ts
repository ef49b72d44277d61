import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { InstalledFacts } from '../domain/identity.ts'
import { declaredVersion } from '../domain/commit-wheels.ts'
import { lockOfOne, publishLock } from '../domain/lock.ts'
import { dependencyCutoff } from '../domain/dependency-cutoff.ts'
import type { RepositoryInput, WheelSource } from '../schema/repository.ts'
import { inspectEnvironment } from './environment-inspection.ts'
import { type Maker, type SideToInstall, bringWheel, ensureEnvironment, environmentKey } from './environment-folder.ts'
import type { Git } from './git.ts'
import type { Installer } from './installer.ts'
import { type WheelFile, fetchLockedWheels } from './locked-wheels.ts'
import { findPip } from './pip.ts'
import { type Interpreter, chooseInterpreter } from './python.ts'
import { findUv } from './uv.ts'
import { buildWheel } from './wheel-sources/build.ts'
import { probeRelease } from './wheel-sources/release.ts'
import type { CommitToInstall, Probe, Wheel } from './wheel-sources/source.ts'
import { probeIndex } from './wheel-sources/wheel-index.ts'
import { parseWheelName, pythonOfTags } from '../domain/wheel-name.ts'
import { openWheelStore } from './wheel-store.ts'

export type { SideToInstall } from './environment-folder.ts'
export type { Interpreter } from './python.ts'
export type { CommitToInstall, Probe, Wheel } from './wheel-sources/source.ts'

/** A lock, or one line that says why there is no solution. */
export type LockResult = { readonly lock: string } | { readonly unresolvable: string }

/** Wheels, locks and environments of one repository, kept in a store that every task shares. */
export interface Environments {
  /** uv, or pip where uv cannot be had. */
  installer(): Promise<Pick<Installer, 'name' | 'version'>>
  /** Asks one wheel source for the wheel of a commit. @param python wanted version such as `3.11` */
  probe(source: WheelSource, commit: CommitToInstall, python?: string): Promise<Probe>
  /** The interpreter that fits the wish and every wheel. @throws IsobenchError `prerequisite-missing` */
  choosePython(wheels: readonly Wheel[], python?: string): Promise<Interpreter>
  /** Whether anything besides the wheel is to be installed. */
  hasDependencies(wheel: Wheel): boolean
  /** A `pylock.toml` for the wheel and what it needs. @param cutoff RFC 3339: nothing published later is considered */
  lock(wheel: Wheel, python: Interpreter, cutoff: string): Promise<LockResult>
  /** The key of the environment that a lock makes with an interpreter. */
  key(lock: string, python: Interpreter): string
  /**
   * Makes sure that the environment is there and whole, also when the store was deleted: the wheel is then built or
   * fetched again and must have the same digest. @returns its interpreter
   */
  ensure(side: SideToInstall, lock: string): Promise<{ readonly python: string }>
  /** The wheel files of a side, that of the package first, built or fetched where the store has them not. */
  wheelFiles(side: SideToInstall, lock: string): Promise<WheelFile[]>
  /** Asks an environment what it holds. @param python its interpreter */
  inspect(python: string, wheel: { readonly sha256: string; readonly filename: string }): Promise<InstalledFacts>
}

/** Opens the store of environments. Nothing is run or written before it is needed. */
export function createEnvironments(options: {
  readonly storeDirectory: string
  readonly repository: RepositoryInput
  readonly git: () => Promise<Git>
  readonly log: (message: string) => void
  /** Where uv is kept when it is not on the search path; default: `<storeDirectory>/tools` */
  readonly toolsDirectory?: string
}): Environments {
  const { storeDirectory, git, log } = options
  const { settings } = options.repository
  const dependencies = settings.dependencies ?? []
  const anyPython = once(() => chooseInterpreter(['>=3.8']))
  const store = openWheelStore(storeDirectory, anyPython)
  const installer = once(async () => {
    const python = await anyPython()
    const toolsDirectory = options.toolsDirectory ?? join(storeDirectory, 'tools')
    const cacheDirectory = join(storeDirectory, 'uv-cache')
    return (await findUv({ toolsDirectory, cacheDirectory, python, log })) ?? findPip(python)
  })

  const build = async (commit: CommitToInstall, subdirectory: string | undefined, python: Interpreter) => {
    const cutoff = dependencyCutoff(commit.commitDate, settings.dependency_slack_days)
    const importName = settings.package.import
    const builder = { importName, storeDirectory, store, git, installer: await installer(), python, cutoff, log }
    return buildWheel(commit, subdirectory ?? '.', builder)
  }

  const buildAgain = async (hash: string, python: Interpreter) => {
    const source = settings.wheels.find((each) => each.kind === 'build')
    const repository = await git()
    const commit = await repository.commit(await repository.resolve(hash))
    await build(commit, source?.subdirectory, python)
  }

  const versionOfTree = async (hash: string) => {
    const { root, import: name } = settings.package
    const folder = [...(root === undefined || root === '.' ? [] : [root]), ...name.split('.')].join('/')
    const file = await (await git()).file(hash, `${folder}/version.py`)
    return file === null ? undefined : declaredVersion(new TextDecoder().decode(file))
  }

  const hasDependencies = (wheel: Wheel) =>
    settings.dependency_source !== 'host' &&
    (dependencies.length > 0 || wheel.requiresDist.some((line) => !/;.*\bextra\s*==/.test(line)))

  const distribution = settings.package.name
  const maker: Maker = { storeDirectory, store, distribution, installer, buildAgain, log }

  return {
    installer,
    hasDependencies,
    key: environmentKey,

    async probe(source, commit, python) {
      if (source.kind === 'build') return build(commit, source.subdirectory, await chooseInterpreter(wish(python)))
      const { platform } = await anyPython()
      if (source.kind === 'release') {
        const [major, minor] = (await chooseInterpreter(wish(python))).version.split('.')
        const wanted = { distribution: settings.package.name, platform, python: `${major}.${minor}` }
        return probeRelease(commit, { ...wanted, index: source.index, versions: source.versions, store })
      }
      const { urls, variant } = source
      const declared = () => versionOfTree(commit.hash)
      const wanted = { distribution: settings.package.name, platform, python }
      return probeIndex(commit, { ...wanted, urls, variant, store, declaredVersion: declared })
    },

    choosePython: (wheels, python) => chooseInterpreter([...wish(python), ...wheels.flatMap(pythonsOf)]),

    async lock(wheel, python, cutoff) {
      if (!hasDependencies(wheel)) return { lock: lockOfOne(wheel, python.version) }
      const requirements = [`${wheel.name} @ ${pathToFileURL(store.path(wheel)).href}`, ...dependencies]
      const chosen = await installer()
      const result = await store.withFolder((directory) => chosen.resolve({ requirements, python, cutoff, directory }))
      return 'lock' in result ? { lock: publishLock(result.lock, wheel) } : result
    },

    ensure: (side, lock) => ensureEnvironment(side, lock, maker),

    async wheelFiles(side, lock) {
      const python = await chooseInterpreter([`==${side.python}`])
      const { filename, sha256 } = side.wheel
      const own = { file: await bringWheel(side, python, maker), filename, sha256 }
      return [own, ...(await fetchLockedWheels(lock, distribution, python.path, store))]
    },

    inspect: (python, wheel) =>
      store.withFolder((folder) =>
        inspectEnvironment(python, settings.package.name, settings.package.import, store.path(wheel), folder),
      ),
  }
}

/** A wanted version such as `3.11` as version specifiers. */
function wish(python: string | undefined): string[] {
  return python === undefined ? ['>=3.8'] : [`==${python}.*`]
}

/** Which Pythons the METADATA and the tags of a wheel allow, as version specifiers. */
function pythonsOf(wheel: Wheel): string[] {
  return [wheel.requiresPython, pythonOfTags(parseWheelName(wheel.filename)!)]
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => (made ??= make())
}
