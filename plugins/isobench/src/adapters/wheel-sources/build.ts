import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { exists } from '../files.ts'
import type { Git } from '../git.ts'
import type { BuildFailure, Installer } from '../installer.ts'
import { holdingLock } from '../kernel-lock.ts'
import type { Interpreter } from '../python.ts'
import { InvalidWheel, holdsPackage } from '../wheel.ts'
import type { StoredWheel, WheelStore } from '../wheel-store.ts'
import { type PeekedWheel, nothingKnown } from './peek-wheel.ts'
import type { CommitToInstall, FileReader, Located, Probe } from './source.ts'

/** What a source tree without a Python project answers: nothing to build is no failed build. */
export const noProject = 'no pyproject.toml and no setup.py'

/** Part of what a kept wheel is found by: raised when wheels are built in another way. */
const recipe = 2

/** A wheel in the store, or why there is none. */
export type BuildOutcome = StoredWheel | BuildFailure | typeof noProject

/** A wheel to build. */
export interface WheelToBuild {
  readonly commit: CommitToInstall
  readonly subdirectory: string
  readonly python: Interpreter
  /** RFC 3339: build requirements published later are not considered */
  readonly cutoff: string
  /** What the kept wheel is found by */
  readonly origin: object
}

export interface Builder {
  /** The package as `import` names it */
  readonly importName: string
  readonly storeDirectory: string
  readonly store: WheelStore
  readonly git: () => Promise<Git>
  readonly installer: () => Promise<Installer>
  /** Builds on another machine; undefined: on this one */
  readonly elsewhere: ((wheel: WheelToBuild) => Promise<BuildOutcome>) | undefined
  readonly log: (message: string) => void
}

/**
 * Builds a wheel from the tree of a commit, or takes the one that was built from it before. The same tree, interpreter
 * and platform give the same bytes where the build back end allows it: times, locale, hash seed and file modes are fixed.
 * @param subdirectory folder of `pyproject.toml` in the repository
 * @param cutoff RFC 3339: build requirements published later are not considered
 */
export async function buildWheel(
  commit: CommitToInstall,
  subdirectory: string,
  python: Interpreter,
  cutoff: string,
  builder: Builder,
): Promise<Probe> {
  const { log } = builder
  const location = `build:${commit.hash}`
  const origin = { build: commit.hash, subdirectory, python: python.version, platform: python.platform, recipe }
  const wanted = { commit, subdirectory, python, cutoff, origin }
  const outcome = await (builder.elsewhere?.(wanted) ?? buildHere(wanted, builder))
  const attempt = (answer: string) => [{ rung: 'build' as const, location, answer }]
  if (outcome === noProject) return { wheel: null, attempts: attempt(noProject), buildFailure: null }
  if ('message' in outcome) {
    log(`build output:\n${outcome.output.split('\n').slice(-30).join('\n')}`)
    return { wheel: null, attempts: attempt(outcome.message), buildFailure: outcome.message }
  }
  const wheel = { ...outcome, rung: 'build' as const, location, buildCutoff: cutoff }
  return { wheel, attempts: attempt('built'), buildFailure: null }
}

/** Whether there is something to build, without building it: what comes of it is not known before. */
export async function wouldBuild(
  commit: CommitToInstall,
  subdirectory: string,
  readFile: FileReader,
): Promise<Probe<Located<PeekedWheel>>> {
  const location = `build:${commit.hash}`
  const folder = posix.normalize(subdirectory)
  const has = async (name: string) => (await readFile(commit.hash, posix.join(folder, name))) !== null
  const isProject = (await has('pyproject.toml')) || (await has('setup.py'))
  return {
    wheel: isProject ? { ...nothingKnown, rung: 'build', location } : null,
    attempts: [{ rung: 'build', location, answer: isProject ? 'would be built' : noProject }],
    buildFailure: null,
  }
}

async function buildHere(wanted: WheelToBuild, builder: Builder): Promise<BuildOutcome> {
  const { commit, python, cutoff, origin } = wanted
  const { store, storeDirectory, installer, log } = builder
  return holdingLock(join(storeDirectory, 'locks', `build-${commit.hash}`), python.path, async () => {
    const kept = await store.recall(origin)
    if (kept !== undefined) return kept
    log(`building ${commit.hash.slice(0, 8)} with Python ${python.version}`)
    return withSourceTree(wanted, builder, async (tree, source) => {
      if (source === null) return noProject
      return store.withFolder(async (output) => {
        const variables = buildVariables(commit)
        const failure = await (await installer()).build({ source, output, python, cutoff, variables })
        if (failure === null) return keepBuilt(output, wanted, builder)
        const message = failure.message.replaceAll(`${tree}/`, '').replaceAll(tree, '').replaceAll(output, '')
        return { ...failure, message }
      })
    })
  })
}

/** Puts the one wheel that a build left into the store. */
export async function keepBuilt(
  output: string,
  { python, origin }: WheelToBuild,
  { importName, store }: Pick<Builder, 'importName' | 'store'>,
): Promise<StoredWheel | BuildFailure> {
  const wheels = (await readdir(output)).filter((name) => name.endsWith('.whl'))
  if (wheels.length !== 1) return { message: `the build left ${wheels.length} wheels`, output: wheels.join('\n') }
  try {
    if (!(await holdsPackage(join(output, wheels[0]!), importName, python.path)))
      return { message: `the wheel holds no package \`${importName}\``, output: wheels[0]! }
    return await store.keep(join(output, wheels[0]!), wheels[0]!, origin)
  } catch (error) {
    if (error instanceof InvalidWheel)
      return { message: `the build left an invalid wheel: ${error.message}`, output: '' }
    throw error
  }
}

/**
 * Does something with the files of a commit. @param work gets their folder and in it that of the project; null when it
 * is none
 */
export async function withSourceTree<Result>(
  { commit, subdirectory }: Pick<WheelToBuild, 'commit' | 'subdirectory'>,
  { git }: Pick<Builder, 'git'>,
  work: (tree: string, project: string | null) => Promise<Result>,
): Promise<Result> {
  return inTemporaryFolder(async (tree) => {
    await (await git()).exportTree(commit.hash, tree)
    await fixModes(tree)
    const project = join(tree, subdirectory)
    const described = await Promise.all(['pyproject.toml', 'setup.py'].map((name) => exists(join(project, name))))
    return work(tree, described.includes(true) ? project : null)
  })
}

/**
 * Back ends look for git and its ignore rules in the folders above the source. In a workspace they find its own rules
 * and leave the whole package out of the wheel (seen with poetry-core), so sources lie outside of it.
 */
async function inTemporaryFolder<Result>(work: (tree: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-build-'))
  const tree = join(folder, 'source')
  try {
    await mkdir(tree)
    return await work(tree)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** An exported tree has no `.git`, so back ends that read the version from git are told one that names the commit. */
export function buildVariables(commit: CommitToInstall): Record<string, string> {
  return {
    SOURCE_DATE_EPOCH: String(Math.floor(Date.parse(commit.commitDate) / 1000)),
    SETUPTOOLS_SCM_PRETEND_VERSION: `0.0.0+g${commit.hash.slice(0, 9)}`,
    PYTHONHASHSEED: '0',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
  }
}

/** Gives every file of a tree the mode that git knows (executable or not), whatever the umask was. */
async function fixModes(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await fixModes(path)
    else if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o100) === 0 ? 0o644 : 0o755)
  }
}
