import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { IsobenchError } from '../errors.ts'
import { buildHereHint, prepareBuild } from './build-requirements.ts'
import { refuseDiskFull } from './disk-full.ts'
import type { BuildFailure, BuildJob, Installer, MaterializeJob, ResolveJob } from './installer.ts'
import { LockedPackageGone } from './installer.ts'
import { holdingLock } from './kernel-lock.ts'
import { type ProcessOptions, type ProcessResult, cleanEnvironment, run } from './process.ts'
import type { Interpreter } from './python.ts'

/** The version that is installed where there is no uv; an older one on the search path is left alone from `oldest` on. */
const pinned = '0.13.9'
const oldest = [0, 12] as const

interface FindOptions {
  readonly toolsDirectory: string
  readonly cacheDirectory: string
  readonly python: Interpreter
  readonly log: (message: string) => void
}

/** uv, or undefined when it is not here and cannot be had within seconds. */
export async function findUv(options: FindOptions): Promise<Installer | undefined> {
  const installed = join(options.toolsDirectory, `uv-${pinned}`, 'bin', 'uv')
  for (const program of ['uv', installed]) {
    const version = await versionOf(program)
    if (version !== undefined) return uv(program, version, options.cacheDirectory)
  }
  const failure = await install(installed, options)
  if (failure === null) return uv(installed, pinned, options.cacheDirectory)
  options.log(`uv cannot be had, using pip: ${failure}`)
  return undefined
}

/** The version of a uv that runs and is not too old; undefined otherwise. */
async function versionOf(program: string): Promise<string | undefined> {
  const answer = await run(program, ['--version']).catch((error: unknown) => {
    if (error instanceof IsobenchError && error.code === 'prerequisite-missing') return undefined
    throw error
  })
  const match = /^uv (\d+)\.(\d+)\.\S+/.exec(answer?.stdout ?? '')
  if (match === null) return undefined
  const [major, minor] = [Number(match[1]), Number(match[2])]
  return major > oldest[0] || minor >= oldest[1] ? match[0].slice('uv '.length) : undefined
}

/** Installs the pinned uv by pip into a folder of its own. Returns null, or one line that says why not. */
async function install(program: string, { toolsDirectory, python }: FindOptions): Promise<string | null> {
  const folder = join(toolsDirectory, `uv-${pinned}`)
  return holdingLock(`${folder}.lock`, python.path, async () => {
    if ((await versionOf(program)) !== undefined) return null
    const temporary = `${folder}.tmp`
    await rm(temporary, { recursive: true, force: true })
    const quick = ['--retries', '0', '--timeout', '5', '--disable-pip-version-check', '--no-input', '--quiet']
    const target = ['--target', temporary, '--no-deps', '--only-binary', ':all:', '--no-compile']
    const result = await run(python.path, ['-I', '-m', 'pip', 'install', ...quick, ...target, `uv==${pinned}`], {
      timeoutSeconds: 180,
    })
    if (result.exitCode !== 0) return lastLine(result.stderr)
    await rm(folder, { recursive: true, force: true })
    await rename(temporary, folder)
    return (await versionOf(program)) === undefined ? 'the installed program does not run here' : null
  })
}

function uv(program: string, version: string, cacheDirectory: string): Installer {
  const environment = cleanEnvironment({
    UV_CACHE_DIR: cacheDirectory,
    UV_NO_CONFIG: '1',
    UV_PYTHON_DOWNLOADS: 'never',
    UV_NO_PROGRESS: '1',
    UV_LOCK_TIMEOUT: '3600',
    UV_SKIP_WHEEL_FILENAME_CHECK: '1',
    UV_PREVIEW_FEATURES: 'pylock',
    NO_COLOR: '1',
  })

  /** uv prints it above the solution of nothing, for which it asks nobody. */
  async function defaultIndex(): Promise<string> {
    const args = ['pip', 'compile', '-', '--emit-index-url', '--offline', '--quiet']
    const result = await call(args, { input: '' })
    const url = /^--index-url (\S+)$/m.exec(result.stdout)?.[1]
    if (url !== undefined) return url
    throw new IsobenchError('prerequisite-missing', `uv names no default index: ${lastLine(result.stderr)}`, {
      hint: 'set `index` beside `kind: release` in repository.yaml',
      cause: result.stderr,
    })
  }

  /** Runs uv to its end. @throws IsobenchError when the end says nothing about the packages */
  async function call(args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
    const result = await run(program, args, { ...options, environment: { ...environment, ...options.environment } })
    return judged(result)
  }

  /** Builds a wheel in an isolated build environment. The file modes in it must not depend on the caller's umask. */
  async function build(job: BuildJob): Promise<BuildFailure | null> {
    const args = ['--wheel', '--python', job.python.path, '--exclude-newer', job.cutoff, '--out-dir', job.output]
    const command = ['sh', program, 'build', ...args, job.source]
    const result = await run('/bin/sh', ['-c', 'umask 022; exec "$@"', ...command], {
      cwd: job.source,
      environment: { ...environment, ...job.variables },
    })
    return buildFailure(result)
  }

  async function resolve(job: ResolveJob): Promise<{ lock: string } | { unresolvable: string }> {
    const output = join(job.directory, 'pylock.toml')
    const args = ['--python', job.python.path, '--exclude-newer', job.cutoff, '--only-binary', ':all:', '--no-header']
    const chosen = await choiceArguments(job)
    const result = await call(['pip', 'compile', '-', ...args, ...chosen, '--quiet', '--output-file', output], {
      cwd: job.directory,
      input: asLines(job.requirements),
    })
    if (result.exitCode === 0) return { lock: await readFile(output, 'utf8') }
    return { unresolvable: tellingLine(result.stderr, 'resolve the dependencies') }
  }

  /**
   * Compiles to bytecode: a test runs where nothing can be written, so each process would do it again. What is cached
   * is installed without asking the network; only where something is missing is it asked.
   */
  async function materialize(job: MaterializeJob): Promise<{ copied: boolean }> {
    const target = join(job.directory, 'bin', 'python')
    const sync = ['pip', 'sync', '--python', target, '--no-build', '--compile-bytecode', job.lockFile]
    const held = { inheritedFile: job.lock }
    const made = await call(['venv', '--no-project', '--python', job.python.path, job.directory], held)
    if (made.exitCode !== 0) throw cannotInstall(made.stderr)
    const cached = await call([...sync, '--offline'], held)
    const missing = cached.stderr.includes("wasn't found in the cache")
    const result = missing ? await call(sync, held) : cached
    if (result.exitCode !== 0) throw cannotInstall(result.stderr)
    return { copied: result.stderr.includes('falling back to full copy') }
  }

  /** uv waits until no other uv uses its cache. */
  async function cleanCache(packages: readonly string[] | 'all'): Promise<void> {
    const steps =
      packages === 'all' ? [['clean']] : [...(packages.length > 0 ? [['clean', ...packages]] : []), ['prune']]
    for (const step of steps) {
      const result = await call(['cache', ...step])
      if (result.exitCode !== 0) throw new Error(`uv cache ${step[0]}: ${result.stderr}`)
    }
  }

  const prepare: Installer['prepareBuild'] = (job) => prepareBuild(job, call, buildFailure)
  return { name: 'uv', version, defaultIndex, build, prepareBuild: prepare, resolve, materialize, cleanCache }
}

function buildFailure(result: ProcessResult): BuildFailure | null {
  if (judged(result).exitCode === 0) return null
  return { message: tellingLine(result.stderr, 'build the wheel'), output: `${result.stdout}${result.stderr}` }
}

/**
 * Why the source does not build, by how a build ended that had no network; null when it does.
 * @throws IsobenchError when the end says nothing about the source
 */
export function judgeBuild(result: ProcessResult): BuildFailure | null {
  const missing = /^\s*(?:cause: )?(.*not found in the provided package locations.*)$/m.exec(result.stderr)?.[1]
  if (result.exitCode === 0 || missing === undefined) return buildFailure(result)
  throw new IsobenchError('prerequisite-missing', `the build asks for more than it was sent with: ${missing}`, {
    hint: buildHereHint,
    cause: result.stderr,
  })
}

/** The options for what the settings choose; lists go into files beside the lock. */
async function choiceArguments({ choices, directory }: ResolveJob): Promise<string[]> {
  const { index, torch_backend: backend, constraints, overrides, cutoff_exceptions: exceptions } = choices
  const files = Object.entries({ constraints, overrides }).filter(([, list]) => list.length > 0)
  for (const [name, list] of files) {
    await writeFile(join(directory, `${name}.txt`), asLines(list.map(({ requirement }) => requirement)))
  }
  return [
    ...(index === null ? [] : ['--default-index', index]),
    ...(backend === null ? [] : ['--torch-backend', backend]),
    ...files.flatMap(([name]) => [`--${name}`, join(directory, `${name}.txt`)]),
    ...exceptions.flatMap((exception) => ['--exclude-newer-package', `${exception.package}=false`]),
  ]
}

function asLines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}

/** @throws IsobenchError `interrupted` when a signal ended uv, `disk-full` when it says so */
function judged(result: ProcessResult): ProcessResult {
  if (result.exitCode === null) {
    throw new IsobenchError('interrupted', 'uv was stopped before its end', { hint: 'run the target again' })
  }
  if (result.exitCode !== 0) refuseDiskFull(result.stderr)
  return result
}

function cannotInstall(stderr: string): IsobenchError {
  const message = tellingLine(stderr, 'install')
  if (isGone(stderr)) return new LockedPackageGone(message, stderr)
  return new IsobenchError('corrupt-artifact', `cannot install from the lock: ${message}`, {
    hint: 'run the target `install-wheel` again; it makes a new lock',
    cause: stderr,
  })
}

/** Whether the host said that it has no such file: to ask again would not help. */
function isGone(report: string): boolean {
  return /HTTP status client error \((?:404|410) /.test(report)
}

/**
 * The one line of uv's error output that says most: what the build back end raised, else the innermost cause.
 * @throws IsobenchError `network` when the cause is that something could not be fetched
 */
function tellingLine(stderr: string, purpose: string): string {
  const [before = '', report = ''] = stderr.split(/^error: /m)
  const causes = report.split('\n').filter((line) => line.trimStart().startsWith('cause: '))
  if (
    !isGone(report) &&
    /Failed to fetch|error sending request|network was disabled|Request failed after/.test(report)
  ) {
    throw new IsobenchError('network', `cannot ${purpose}: ${lastLine(causes.join('\n')).replace('cause: ', '')}`, {
      hint: 'check the network and run it again',
      cause: stderr,
    })
  }
  const raised = before.split('\n').filter((line) => /^\w[\w.]*(Error|Exception|Exit)\b/.test(line))
  if (raised.length > 0) return raised.at(-1)!.slice(0, 500)
  return causes.length > 0 ? lastLine(causes.join('\n')).replace('cause: ', '') : lastLine(stderr)
}

/** The last line that says anything, at most 500 characters of it. */
function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim())
  return (lines.findLast((line) => line !== '') ?? 'no message').slice(0, 500)
}
