import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ResultPromise, execa } from 'execa'
import { sha256 } from '../../plugins/isobench/src/adapters/files.ts'
import { chooseInterpreter } from '../../plugins/isobench/src/adapters/python.ts'
import { canonicalJson } from '../../plugins/isobench/src/domain/canonical-json.ts'
import { lockOfOne } from '../../plugins/isobench/src/domain/lock.ts'
import { createBundle } from '../../plugins/isobench/src/nx/generators/bundle.ts'
import { collectRuns } from '../../plugins/isobench/src/nx/generators/collect.ts'
import { contextOf } from '../../plugins/isobench/src/nx/generators/commit-folders.ts'
import { work } from '../../plugins/isobench/src/nx/stages/run-gpu.ts'
import { Measurement } from '../../plugins/isobench/src/schema/measurement.ts'
import { sampleAnalysis, sampleEnvironment, sampleGeneration, sampleSide } from './artifacts.ts'
import { type GeneratorTree, createGeneratorTree } from './generator-tree.ts'
import { slowAndFast, testScript } from './python-sides.ts'
import { makeWheels } from './wheels.ts'

const folder = 'commits/demo/00000000'
const project = 'demo-00000000'

/** A workspace with one commit that is ready to be measured, and another folder that stands for another machine. */
export interface BundledWorkspace extends GeneratorTree {
  /** Writes a file of the workspace */
  write(path: string, content: string): Promise<void>
  /** Makes a bundle and copies it to the other machine */
  ship(): Promise<string>
  /** Takes results back. @returns what was said */
  collect(from: string): Promise<string[]>
  /** Decides as `run-gpu` does */
  decide(): Promise<Measurement>
}

export interface BundledOptions {
  /** Code of the package on the two sides */
  readonly code?: { readonly base: string; readonly head: string }
  readonly test?: string
  readonly repository?: string
  readonly measurement?: string
  /** Further packages of both locks, as they stand in a `pylock.toml` */
  readonly locked?: string
  readonly requires?: readonly string[]
  readonly dependencySource?: 'host'
}

/** The wheels are real and in the store; nothing is built or downloaded for them. */
export async function createBundledWorkspace(options: BundledOptions = {}): Promise<BundledWorkspace> {
  const created = await createGeneratorTree()
  const far = await mkdtemp(join(tmpdir(), 'isobench-far-'))
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(created.directory, path)), { recursive: true })
    await writeFile(join(created.directory, path), content)
  }
  const code = options.code ?? slowAndFast
  const requires = options.requires ?? []
  const wheels = await makeWheels(
    [code.base, code.head].map((source) => ({ name: 'demo', version: '1.0', files: { 'demo.py': source }, requires })),
  )
  const python = await chooseInterpreter(['>=3.9'])
  const sides = { base: sampleSide('base'), head: sampleSide('head') }
  for (const [index, name] of (['base', 'head'] as const).entries()) {
    const { filename, location, version } = sides[name].wheel
    const digest = sha256(wheels[index]!)
    const named = { name: 'demo', filename, location, version, sha256: digest }
    const lock = lockOfOne(named, python.version) + (options.locked ?? '')
    sides[name] = sampleSide(name, {
      wheel: { ...sides[name].wheel, filename, location, version, sha256: digest, size_bytes: wheels[index]!.length },
      python: python.version,
      lock_sha256: sha256(lock),
    })
    await write(`.isobench/wheels/${digest}/${filename}`, wheels[index]!)
    await write(`${folder}/out/pylock.${name}.toml`, lock)
  }
  const functions = [{ path: 'demo.py', name: 'work', module: 'demo', sides: ['base' as const, 'head' as const] }]
  const source = options.dependencySource === undefined ? {} : { dependency_source: options.dependencySource }
  await write('commits/demo/repository.yaml', options.repository ?? repositoryYaml)
  await write('commits/demo/measurement.yaml', options.measurement ?? 'profile: quick\nsandbox: none\n')
  await write(`${folder}/commit.yaml`, `head: '${'0'.repeat(40)}'\n`)
  await write(`${folder}/out/analysis.json`, canonicalJson(sampleAnalysis({ functions })))
  await write(`${folder}/out/environment.json`, canonicalJson(sampleEnvironment({ ...sides, ...source })))
  await write(`${folder}/out/generation.json`, canonicalJson(sampleGeneration()))
  await write(`${folder}/out/efficiency_test.py`, options.test ?? testScript())
  const { tree, log, lines } = created
  const commit = { name: project, root: folder }
  return {
    ...created,
    write,
    ship: async () => {
      const bundle = join(created.directory, 'bundle')
      await (
        await createBundle(tree, { projects: [project], output: bundle }, log)
      )()
      await cp(bundle, far, { recursive: true })
      await rm(bundle, { recursive: true })
      return far
    },
    collect: async (from) => {
      const before = lines.length
      await collectRuns(tree, { folder: from }, log)
        .then((keep) => keep())
        .catch((error: Error) => log(error.message))
      return lines.slice(before)
    },
    decide: async () => {
      const outputs = await work(contextOf(tree, commit, 'run-gpu', log))
      return Measurement.parse(JSON.parse(String(outputs['measurement.json'])))
    },
    remove: async () => {
      await created.remove()
      await rm(far, { recursive: true, force: true })
    },
  }
}

export const repositoryYaml = `url: https://example.org/demo.git
package: { name: demo, import: demo }
wheels: [{ kind: build }]
`

/** Where the results of the one commit are in a bundle that was measured. */
export function resultsOf(bundle: string): string {
  return join(bundle, 'results', project)
}

interface RunSettings {
  readonly cwd: string
  readonly env: Record<string, string>
  readonly extendEnv: false
  readonly reject: false
  readonly all: true
}

/** Runs a bundle with nothing in the environment but what is given. */
export function runBundle(
  bundle: string,
  args: readonly string[] = [],
  options: { readonly python?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): ResultPromise<RunSettings> {
  const settings: RunSettings = {
    cwd: '/',
    env: { ...options.environment },
    extendEnv: false,
    reject: false,
    all: true,
  }
  return execa(options.python ?? 'python3', [join(bundle, 'run.py'), ...args], settings)
}

/** The lines of a file as JSON. */
export async function readLines(file: string): Promise<any[]> {
  const text = await readFile(file, 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}
