import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from '../files.ts'
import type { Git } from '../git.ts'
import type { BuildFailure, Installer } from '../installer.ts'
import { holdingLock } from '../kernel-lock.ts'
import type { Interpreter } from '../python.ts'
import { InvalidWheel } from '../wheel.ts'
import type { StoredWheel, WheelStore } from '../wheel-store.ts'
import type { CommitToInstall, Probe } from './source.ts'

/** What a source tree without a Python project answers: nothing to build is no failed build. */
const noProject = 'no pyproject.toml and no setup.py'

interface Builder {
  readonly storeDirectory: string
  readonly store: WheelStore
  readonly git: () => Promise<Git>
  readonly installer: Installer
  readonly python: Interpreter
  /** RFC 3339: build requirements published later are not considered */
  readonly cutoff: string
  readonly log: (message: string) => void
}

/**
 * Builds a wheel from the tree of a commit, or takes the one that was built from it before. The same tree, interpreter
 * and platform give the same bytes where the build back end allows it: times, locale, hash seed and file modes are fixed.
 * @param subdirectory folder of `pyproject.toml` in the repository
 */
export async function buildWheel(commit: CommitToInstall, subdirectory: string, builder: Builder): Promise<Probe> {
  const { python, store, storeDirectory, log } = builder
  const location = `build:${commit.hash}`
  const origin = { build: commit.hash, subdirectory, python: python.version, platform: python.platform }
  const lock = join(storeDirectory, 'locks', `build-${commit.hash}`)
  const outcome = await holdingLock(lock, python.path, async () => {
    const kept = await store.recall(origin)
    if (kept !== undefined) return kept
    log(`building ${commit.hash.slice(0, 8)} with Python ${python.version}`)
    return store.withFolder((folder) => buildIn(folder, commit, subdirectory, origin, builder))
  })
  const attempt = (answer: string) => [{ rung: 'build' as const, location, answer }]
  if (outcome === noProject) return { wheel: null, attempts: attempt(noProject), buildFailure: null }
  if ('message' in outcome) {
    log(`build output:\n${outcome.output.split('\n').slice(-30).join('\n')}`)
    return { wheel: null, attempts: attempt(outcome.message), buildFailure: outcome.message }
  }
  return { wheel: { ...outcome, rung: 'build', location }, attempts: attempt('built'), buildFailure: null }
}

async function buildIn(
  folder: string,
  commit: CommitToInstall,
  subdirectory: string,
  origin: unknown,
  { git, installer, python, cutoff, store }: Builder,
): Promise<StoredWheel | BuildFailure | typeof noProject> {
  const [tree, output] = [join(folder, 'source'), join(folder, 'output')]
  await Promise.all([mkdir(tree), mkdir(output)])
  await (await git()).exportTree(commit.hash, tree)
  await fixModes(tree)
  const project = join(tree, subdirectory)
  const described = await Promise.all(['pyproject.toml', 'setup.py'].map((name) => exists(join(project, name))))
  if (!described.includes(true)) return noProject
  const variables = buildVariables(commit)
  const failure = await installer.build({ source: project, output, python, cutoff, variables })
  if (failure !== null)
    return { ...failure, message: failure.message.replaceAll(`${tree}/`, '').replaceAll(folder, '') }
  const wheels = (await readdir(output)).filter((name) => name.endsWith('.whl'))
  if (wheels.length !== 1) return { message: `the build left ${wheels.length} wheels`, output: wheels.join('\n') }
  try {
    return await store.keep(join(output, wheels[0]!), wheels[0]!, origin)
  } catch (error) {
    if (error instanceof InvalidWheel)
      return { message: `the build left an invalid wheel: ${error.message}`, output: '' }
    throw error
  }
}

/** An exported tree has no `.git`, so back ends that read the version from git are told one that names the commit. */
function buildVariables(commit: CommitToInstall): Record<string, string> {
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
