import { declaredVersion } from '../../domain/commit-wheels.ts'
import { dependencyCutoff } from '../../domain/dependency-cutoff.ts'
import { minorOf } from '../../domain/python-version.ts'
import { partOfDay, releasedVersions } from '../../domain/released-versions.ts'
import type { InstalledSide } from '../../schema/environment.ts'
import type { ExactSource, Repository } from '../../schema/repository.ts'
import type { Git } from '../git.ts'
import type { Installer } from '../installer.ts'
import { glibcOf } from '../machine.ts'
import { type Interpreter, chooseInterpreter } from '../python.ts'
import type { ClusterForBuilds } from '../slurm-build.ts'
import type { WheelStore } from '../wheel-store.ts'
import { overlayWheel, probeAncestors, wouldOverlay } from './ancestor-overlay.ts'
import { type Builder, buildWheel, wouldBuild } from './build.ts'
import { fetchWheel } from './fetch-wheel.ts'
import { type PeekedWheel, peekWheel } from './peek-wheel.ts'
import { readerAhead } from './read-ahead.ts'
import { probeRelease } from './release.ts'
import { sharedProbe } from './shared-probe.ts'
import type { Ask, CommitToInstall, FileReader, Located, Probe, ReadWheel, Reader } from './source.ts'
import { probeIndex } from './wheel-index.ts'

/** Where the wheels of a repository come from. */
export interface WheelSources {
  readonly probe: Ask
  /**
   * Asks the same in the same way, but fetches and makes nothing: what can be known of the wheel without that. Each
   * source is asked for each commit once.
   * @param commits the ones that will be asked for: what is read of them is read together
   */
  readonly peekAt: (commits: readonly string[]) => Ask<Located<PeekedWheel>>
  /** Makes a wheel that was made here once more, into the store. */
  readonly makeAgain: (commit: string, overlay: InstalledSide['wheel']['overlay'], python: Interpreter) => Promise<void>
}

interface Effects {
  readonly storeDirectory: string
  readonly settings: Repository
  readonly store: WheelStore
  readonly git: () => Promise<Git>
  readonly installer: () => Promise<Installer>
  /** Any interpreter, for programs of ours */
  readonly anyPython: () => Promise<Interpreter>
  /** Where wheels are built, if not here */
  readonly cluster?: (() => Promise<ClusterForBuilds | undefined>) | undefined
  readonly log: (message: string) => void
}

/** A wanted version such as `3.11` as version specifiers. */
export function wish(python: string | undefined): string[] {
  return python === undefined ? ['>=3.8'] : [`==${python}.*`]
}

/** Opens the wheel sources of a repository. Nothing is asked before it is needed. */
export function openWheelSources(effects: Effects): WheelSources {
  const { storeDirectory, settings, store, git, installer, anyPython, log } = effects
  const { name: distribution, import: importName } = settings.package
  const overlayer = { settings, store, git, python: anyPython, log }

  const builder: Omit<Builder, 'elsewhere'> = { importName, storeDirectory, store, git, installer, log }
  let elsewhere: Promise<Builder['elsewhere']> | undefined
  const buildElsewhere = async () => {
    const cluster = await effects.cluster?.()
    if (cluster === undefined) return undefined
    const { createClusterBuilder } = await import('../slurm-build.ts')
    return createClusterBuilder(builder, cluster)
  }

  const build = async (commit: CommitToInstall, subdirectory: string | undefined, python: Interpreter) => {
    const cutoff = dependencyCutoff(commit.commitDate, settings.dependency_slack_days)
    return buildWheel(commit, subdirectory ?? '.', python, cutoff, {
      ...builder,
      elsewhere: await (elsewhere ??= buildElsewhere()),
    })
  }

  const askExact = async <Read extends ReadWheel>(
    source: ExactSource,
    commit: CommitToInstall,
    python: string | undefined,
    read: Reader<Read>,
    readFile: FileReader,
  ): Promise<Probe<Located<Read>>> => {
    const { platform } = await anyPython()
    const wanted = { distribution, platform, glibc: await machineGlibc(), python, read }
    if (source.kind === 'release') {
      const pythons =
        python === undefined ? [minorOf((await chooseInterpreter(wish(undefined))).version), undefined] : [python]
      const versionsOf = async (hash: string) => {
        const tags = source.tags === undefined ? [] : await (await git()).tags(hash)
        return releasedVersions(hash, tags, source)
      }
      const index = async () => source.index ?? (await installer()).defaultIndex()
      const ofDay = source.dates === undefined ? undefined : partOfDay(commit.commitDate, source.dates)
      return probeRelease(commit, { ...wanted, pythons, index, versionsOf, partOfDay: ofDay })
    }
    const { urls, variant, forbidden_is_absent: forbiddenIsAbsent = false } = source
    const declared = () => versionOfTree(commit.hash, readFile)
    return probeIndex(commit, { ...wanted, urls, variant, forbiddenIsAbsent, declaredVersion: declared })
  }

  const versionOfTree = async (hash: string, readFile: FileReader) => {
    const { root } = settings.package
    const folder = [...(root === undefined || root === '.' ? [] : [root]), ...importName.split('.')].join('/')
    const file = await readFile(hash, `${folder}/version.py`)
    return file === null ? undefined : declaredVersion(new TextDecoder().decode(file))
  }

  let glibc: Promise<string | null> | undefined
  const machineGlibc = () => (glibc ??= anyPython().then(glibcOf))

  const readFile: FileReader = async (commit, path) => (await git()).file(commit, path)

  return {
    async probe(source, commit, python) {
      if (source.kind === 'build') return build(commit, source.subdirectory, await chooseInterpreter(wish(python)))
      const exact = (each: ExactSource, of: CommitToInstall) =>
        askExact(each, of, python, (url, wanted) => fetchWheel(url, store, wanted), readFile)
      if (source.kind !== 'ancestor-overlay') return exact(source, commit)
      const overlay = (hash: string, base: Parameters<typeof overlayWheel>[1]) => overlayWheel(hash, base, overlayer)
      return probeAncestors(commit, source.ancestors, exact, overlay, overlayer)
    },

    peekAt(commits) {
      const readTogether = readerAhead(commits, git)
      const peekExact = sharedProbe((source, commit, python) =>
        askExact(source, commit, python, peekWheel, readTogether),
      )
      return async (source, commit, python) => {
        if (source.kind === 'build') {
          await chooseInterpreter(wish(python))
          return wouldBuild(commit, source.subdirectory ?? '.', readTogether)
        }
        const exact = (each: ExactSource, of: CommitToInstall) => peekExact(each, of, python)
        if (source.kind !== 'ancestor-overlay') return exact(source, commit)
        return probeAncestors(commit, source.ancestors, exact, wouldOverlay, overlayer)
      }
    },

    async makeAgain(hash, overlay, python) {
      if (overlay !== null) {
        const { ancestor, location, sha256 } = overlay
        const wheel = await fetchWheel(location, store, { distribution, commit: ancestor, sha256 })
        if (typeof wheel !== 'string') await overlayWheel(hash, { ...wheel, ancestor, location }, overlayer)
        return
      }
      const source = settings.wheels.find((each) => each.kind === 'build')
      const repository = await git()
      const commit = await repository.commit(await repository.resolve(hash))
      await build(commit, source?.subdirectory, python)
    },
  }
}
