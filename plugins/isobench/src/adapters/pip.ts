import { join } from 'node:path'
import { IsobenchError } from '../errors.ts'
import { refuseDiskFull } from './disk-full.ts'
import type { BuildFailure, BuildJob, Installer, MaterializeJob, ResolveJob } from './installer.ts'
import { cleanEnvironment, run } from './process.ts'
import type { Interpreter } from './python.ts'

/** pip is used where uv cannot be had, that is, where there is no network: it never asks a package index. */
const hint = 'put uv on PATH, or run where a package index can be reached: uv is then installed by itself'

const environment = cleanEnvironment({
  PIP_CONFIG_FILE: '/dev/null',
  PIP_NO_INDEX: '1',
  PIP_NO_INPUT: '1',
  PIP_NO_CACHE_DIR: '1',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_ROOT_USER_ACTION: 'ignore',
})

/**
 * The pip of an interpreter.
 * @throws IsobenchError `prerequisite-missing` when it has none that can install into another environment
 */
export async function findPip(python: Interpreter): Promise<Installer> {
  const answer = await run(python.path, ['-I', '-m', 'pip', '--version'], { environment })
  const match = /^pip (\d+)\.(\d+)\S*/.exec(answer.stdout)
  if (match === null || Number(match[1]) * 100 + Number(match[2]) < 2203) {
    throw new IsobenchError('prerequisite-missing', `neither uv nor pip 22.3 or newer: ${python.path}`, { hint })
  }
  return pip(python, match[0].slice('pip '.length))
}

function pip(python: Interpreter, version: string): Installer {
  /** The file modes in a wheel must not depend on the caller's umask. */
  async function build(job: BuildJob): Promise<BuildFailure | null> {
    const args = ['--python', job.python.path, 'wheel', '--no-deps', '--wheel-dir', job.output, job.source]
    const command = [python.path, '-I', '-m', 'pip', ...args]
    const result = await run('/bin/sh', ['-c', 'umask 022; exec "$@"', 'sh', ...command], {
      cwd: job.source,
      environment: { ...environment, ...job.variables },
    })
    if (result.exitCode === 0) return null
    refuseDiskFull(result.stderr)
    if (/Could not find a version|No matching distribution/.test(result.stderr)) {
      throw new IsobenchError('prerequisite-missing', 'the build has requirements, and pip fetches none here', { hint })
    }
    const output = `${result.stdout}${result.stderr}`
    return { message: tellingLine(output), output }
  }

  async function materialize(job: MaterializeJob): Promise<{ copied: boolean }> {
    if (job.packages > 1) {
      throw new IsobenchError('prerequisite-missing', 'a lock with dependencies needs uv', { hint })
    }
    const target = join(job.directory, 'bin', 'python')
    const steps = [
      [job.python.path, '-I', '-m', 'venv', '--without-pip', job.directory],
      [python.path, '-I', '-m', 'pip', '--python', target, 'install', '--no-deps', '--quiet', job.wheelFile],
    ] as const
    for (const [program, ...args] of steps) {
      const result = await run(program, args, { environment, inheritedFile: job.lock })
      if (result.exitCode === 0) continue
      if (result.exitCode === null) throw new IsobenchError('interrupted', 'pip was stopped before its end')
      refuseDiskFull(result.stderr)
      throw new IsobenchError('corrupt-artifact', `cannot install from the lock: ${tellingLine(result.stderr)}`, {
        hint: 'run the target `install-wheel` again; it makes a new lock',
        cause: result.stderr,
      })
    }
    return { copied: false }
  }

  // It keeps no cache, so its environments share nothing, and nothing is to be cleaned.
  return {
    name: 'pip',
    version,
    defaultIndex,
    build,
    prepareBuild,
    resolve,
    materialize,
    cleanCache: async () => undefined,
  }
}

async function defaultIndex(): Promise<never> {
  throw new IsobenchError('prerequisite-missing', 'a release needs uv, or `index` beside `kind: release`', { hint })
}

async function prepareBuild(): Promise<never> {
  throw new IsobenchError('prerequisite-missing', 'a build on a cluster needs uv', { hint })
}

async function resolve(job: ResolveJob): Promise<never> {
  const dependencies = job.requirements.slice(1).join(', ')
  throw new IsobenchError('prerequisite-missing', `dependencies need uv: ${dependencies}`, { hint })
}

/** What the build back end raised, else pip's own first complaint. */
function tellingLine(output: string): string {
  const lines = output.split('\n').map((line) => line.trim())
  const raised = lines.findLast((line) => /^\w[\w.]*(Error|Exception|Exit)\b/.test(line))
  return (raised ?? lines.find((line) => line.startsWith('ERROR:')) ?? 'no message').slice(0, 500)
}
