import { copyFile, mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { canonicalJson } from '../domain/canonical-json.ts'
import { minorOf } from '../domain/python-version.ts'
import { IsobenchError } from '../errors.ts'
import { Sha256 } from '../schema/primitives.ts'
import { buildHereHint } from './build-requirements.ts'
import { readTextIfPresent, sha256, writeAtomically } from './files.ts'
import type { Installer } from './installer.ts'
import { fetchLockedWheels } from './locked-wheels.ts'
import { run } from './process.ts'
import type { ClusterTask } from './slurm.ts'
import { linkedWheels } from './slurm-wheels.ts'
import { judgeBuild } from './uv.ts'
import { digestFile } from './wheel.ts'
import {
  type BuildOutcome,
  type Builder,
  type WheelToBuild,
  buildVariables,
  keepBuilt,
  noProject,
  withSourceTree,
  wouldBuild,
} from './wheel-sources/build.ts'

/** A cluster that builds wheels. */
export interface ClusterForBuilds {
  /** Shared with the nodes */
  readonly folder: string
  /** How builds ended that this process has taken the results of, by the digest of the task */
  readonly outcomes: Map<string, BuildOutcome>
  /** Ends when all have ended, with how each did */
  readonly submit: (tasks: readonly ClusterTask[]) => Promise<readonly PromiseSettledResult<void>[]>
}

type Needs = Pick<Builder, 'importName' | 'store' | 'git' | 'installer' | 'log'>

/** `build.json` in the results of a node, as `cluster/build.py` writes it. */
const Built = z.object({
  schema_version: z.literal(1),
  exit_code: z.int().min(0),
  stdout: z.string(),
  stderr: z.string(),
  wheels: z.record(z.string().regex(/^[^/\0]+\.whl$/), Sha256),
})

const nodeProgram = join(import.meta.dirname, '../../cluster/build.py')
const noChoices = { index: null, torch_backend: null, constraints: [], overrides: [], cutoff_exceptions: [] }

/** Builds wheels on a cluster. Those that are asked for in one go, as base and head are, are submitted together. */
export function createClusterBuilder(needs: Needs, cluster: ClusterForBuilds) {
  let asked: WheelToBuild[] = []
  let answers: Promise<readonly Promise<BuildOutcome>[]> | undefined
  return async (wanted: WheelToBuild): Promise<BuildOutcome> => {
    const position = asked.push(wanted) - 1
    answers ??= setImmediate().then(() => {
      const all = asked
      asked = []
      answers = undefined
      return buildAll(all, needs, cluster)
    })
    return (await answers)[position]!
  }
}

async function buildAll(all: readonly WheelToBuild[], needs: Needs, cluster: ClusterForBuilds) {
  const known = await Promise.all(all.map((wanted) => outcomeWithoutBuild(wanted, needs)))
  const rest = all.filter((_, index) => known[index] === undefined)
  const tasks = rest.map((wanted) => taskOf(wanted, needs, cluster))
  const ended = tasks.length === 0 ? [] : await cluster.submit(tasks)
  const outcome = async (wanted: WheelToBuild): Promise<BuildOutcome> => {
    const index = rest.indexOf(wanted)
    const found = cluster.outcomes.get(tasks[index]!.digest) ?? (await needs.store.recall(wanted.origin))
    if (found !== undefined) return found
    const end = ended[index]!
    if (end.status === 'rejected') throw end.reason
    throw new IsobenchError('interrupted', 'another process waited for the same build, and it failed', {
      hint: 'run the target again',
    })
  }
  return all.map(async (wanted, index) => known[index] ?? outcome(wanted))
}

async function outcomeWithoutBuild(
  { commit, subdirectory, origin }: WheelToBuild,
  { store, git }: Needs,
): Promise<BuildOutcome | undefined> {
  const readFile = async (hash: string, path: string) => (await git()).file(hash, path)
  const { wheel } = await wouldBuild(commit, subdirectory, readFile)
  return wheel === null ? noProject : store.recall(origin)
}

function taskOf(wanted: WheelToBuild, needs: Needs, cluster: ClusterForBuilds): ClusterTask {
  const { commit, python, cutoff, origin } = wanted
  const digest = sha256(canonicalJson({ origin, cutoff, variables: buildVariables(commit) }))
  const said = (line: string) => needs.log(`build of ${commit.hash.slice(0, 8)}: ${line}`)
  needs.log(`building ${commit.hash.slice(0, 8)} with Python ${python.version} on the cluster`)
  return {
    digest,
    log: said,
    write: (folder) => write(folder, digest, wanted, needs, cluster),
    take: async (results) => void cluster.outcomes.set(digest, await take(results, wanted, needs)),
  }
}

/** Writes what a node needs: the source, uv and the wheels of what the build requires. */
async function write(
  folder: string,
  digest: string,
  wanted: WheelToBuild,
  { git, store, installer }: Needs,
  { folder: shared, outcomes }: ClusterForBuilds,
): Promise<void> {
  const { commit, subdirectory, python, cutoff } = wanted
  const variables = buildVariables(commit)
  await withSourceTree(wanted, { git }, async (tree, source) => {
    await mkdir(folder)
    const source_archive = 'source.tar'
    await pack(tree, join(folder, source_archive))
    const files: Record<string, string> = { [source_archive]: (await digestFile(join(folder, source_archive))).sha256 }
    const chosen = await installer()
    const prepared = await chosen.prepareBuild({ source: source!, python, cutoff, variables })
    if ('message' in prepared) {
      outcomes.set(digest, prepared)
      throw new Error(prepared.message)
    }
    const lock = await lockOf(prepared.requirements, wanted, chosen, store)
    const bring = linkedWheels(shared)
    const add = async (file: string, name: string, sha: string): Promise<string> => {
      const path = `wheels/${sha}/${name}`
      await mkdir(join(folder, 'wheels', sha), { recursive: true })
      await bring(file, join(folder, path))
      files[path] = sha
      return path
    }
    const uv = await add(prepared.program, 'uv', (await digestFile(prepared.program)).sha256)
    for (const wheel of await fetchLockedWheels(lock, '', python.path, store)) {
      await add(wheel.file, wheel.filename, wheel.sha256)
    }
    const { platform } = python
    const job = {
      python: minorOf(python.version),
      platform,
      subdirectory,
      variables,
      source: source_archive,
      uv,
      files,
    }
    await writeAtomically(join(folder, 'build.json'), canonicalJson(job))
    await copyFile(nodeProgram, join(folder, 'run.py'))
  })
}

/** A `pylock.toml` of what a build requires; an empty one where that is nothing. */
async function lockOf(
  requirements: readonly string[],
  { python, cutoff }: WheelToBuild,
  installer: Installer,
  store: Needs['store'],
): Promise<string> {
  if (requirements.length === 0) return ''
  const result = await store.withFolder((directory) =>
    installer.resolve({ requirements, python, cutoff, choices: noChoices, directory }),
  )
  if ('lock' in result) return result.lock
  throw new IsobenchError('prerequisite-missing', `a build on the cluster requires wheels: ${result.unresolvable}`, {
    hint: buildHereHint,
  })
}

async function pack(tree: string, archive: string): Promise<void> {
  const ended = await run('tar', ['-c', '-f', archive, '-C', tree, '.'])
  if (ended.exitCode !== 0) throw new Error(`cannot pack ${tree}: ${ended.stderr.slice(0, 500)}`)
}

/** What a node gave back: a wheel, which goes into the store, or why there is none. */
async function take(results: string, wanted: WheelToBuild, needs: Needs): Promise<BuildOutcome> {
  const built = readBuilt(await readTextIfPresent(join(results, 'build.json')))
  const { exit_code: exitCode, stdout, stderr, wheels } = built
  const failure = judgeBuild({ exitCode, stdout, stderr, timedOut: false })
  if (failure !== null) return failure
  return needs.store.withFolder(async (output) => {
    for (const [name, digest] of Object.entries(wheels)) {
      await copyFile(join(results, name), join(output, basename(name)))
      if ((await digestFile(join(output, name))).sha256 !== digest) throw damaged(`another digest: ${name}`)
    }
    return keepBuilt(output, wanted, needs)
  })
}

function readBuilt(text: string | undefined): z.infer<typeof Built> {
  try {
    return Built.parse(JSON.parse(text ?? ''))
  } catch (cause) {
    throw damaged('build.json', cause)
  }
}

function damaged(what: string, cause?: unknown): IsobenchError {
  return new IsobenchError('corrupt-artifact', `the node gave back a damaged build: ${what}`, {
    hint: 'run the target again: it is submitted anew',
    cause,
  })
}
