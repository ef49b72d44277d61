import { readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { IsobenchError } from '../errors.ts'
import type { BuildFailure, BuildJob, Installer, MaterializeJob, ResolveJob } from './installer.ts'
import { holdingLock } from './kernel-lock.ts'
import { cleanEnvironment, run } from './process.ts'
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
    const result = await run(program, args, { environment, input: '' })
    const url = /^--index-url (\S+)$/m.exec(result.stdout)?.[1]
    if (url !== undefined) return url
    throw new IsobenchError('prerequisite-missing', `uv names no default index: ${lastLine(result.stderr)}`, {
      hint: 'set `index` beside `kind: release` in repository.yaml',
      cause: result.stderr,
    })
  }

  /** Builds a wheel in an isolated build environment. The file modes in it must not depend on the caller's umask. */
  async function build(job: BuildJob): Promise<BuildFailure | null> {
    const args = ['--wheel', '--python', job.python.path, '--exclude-newer', job.cutoff, '--out-dir', job.output]
    const result = await run('/bin/sh', ['-c', 'umask 022; exec "$@"', 'sh', program, 'build', ...args, job.source], {
      cwd: job.source,
      environment: { ...environment, ...job.variables },
    })
    if (result.exitCode === 0) return null
    return { message: tellingLine(result.stderr, 'build the wheel'), output: `${result.stdout}${result.stderr}` }
  }

  async function resolve(job: ResolveJob): Promise<{ lock: string } | { unresolvable: string }> {
    const output = join(job.directory, 'pylock.toml')
    const args = ['--python', job.python.path, '--exclude-newer', job.cutoff, '--only-binary', ':all:', '--no-header']
    const result = await run(program, ['pip', 'compile', '-', ...args, '--quiet', '--output-file', output], {
      cwd: job.directory,
      environment,
      input: job.requirements.map((requirement) => `${requirement}\n`).join(''),
    })
    if (result.exitCode === 0) return { lock: await readFile(output, 'utf8') }
    return { unresolvable: tellingLine(result.stderr, 'resolve the dependencies') }
  }

  /** Compiles to bytecode: a test runs where nothing can be written, so each process would do it again. */
  async function materialize(job: MaterializeJob): Promise<void> {
    const steps = [
      ['venv', '--no-project', '--python', job.python.path, job.directory],
      [
        'pip',
        'sync',
        '--python',
        join(job.directory, 'bin', 'python'),
        '--no-build',
        '--compile-bytecode',
        job.lockFile,
      ],
    ]
    for (const args of steps) {
      const result = await run(program, args, { environment, inheritedFile: job.lock })
      if (result.exitCode === 0) continue
      throw new IsobenchError(
        'corrupt-artifact',
        `cannot install from the lock: ${tellingLine(result.stderr, 'install')}`,
        {
          hint: 'run the target `install-wheel` again; it makes a new lock',
          cause: result.stderr,
        },
      )
    }
  }

  return { name: 'uv', version, defaultIndex, build, resolve, materialize }
}

/**
 * The one line of uv's error output that says most: what the build back end raised, else the innermost cause.
 * @throws IsobenchError `network` when the cause is that something could not be fetched
 */
function tellingLine(stderr: string, purpose: string): string {
  const [before = '', report = ''] = stderr.split(/^error: /m)
  const causes = report.split('\n').filter((line) => line.trimStart().startsWith('cause: '))
  if (/Failed to fetch|error sending request|network was disabled|Request failed after/.test(report)) {
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
