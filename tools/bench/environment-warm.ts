import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { environmentPlace } from '../../plugins/isobench/src/adapters/environment-place.ts'
import { cleanEnvironment, run } from '../../plugins/isobench/src/adapters/process.ts'
import { median } from '../../plugins/isobench/src/domain/hodges-lehmann.ts'
import { toolsDirectory } from '../../test/support/python-project.ts'
import { lockCommit } from '../../test/support/installing.ts'
import { createEnvironmentRig } from './environment-rig.ts'
import { type Measure, atMost, figure } from './measure.ts'

type Way = 'ours' | 'proven' | 'ready' | 'uv' | 'uvUncompiled' | 'pip'

/**
 * One environment from a lock whose every wheel is on this disk, by turns in each way: ours, `uv venv` and
 * `uv pip sync` with the same cache and flags, the same without compiling, and `python -m venv` and `pip install` with
 * pip's own cache. Interpreters are known and nothing is there before each; medians of the rounds.
 */
export async function* warmEnvironment(rounds: number): AsyncGenerator<Measure> {
  const rig = await createEnvironmentRig(1)
  const { project, settings } = rig
  try {
    const { side, lock } = await lockCommit(project, rig.commits[0]!, settings)
    const environments = project.environments(settings)
    const place = environmentPlace(project.storeDirectory, side.environment_key)
    const python = (await environments.choosePython([])).path
    const { name, version } = await environments.installer()
    if (name !== 'uv') throw new Error('uv cannot be had, so there is nothing to compare with')
    const { python: installed } = await environments.ensure(side, lock)
    const uv = await uvProgram(version)
    const lockFile = join(project.storeDirectory, 'pylock.peer.toml')
    await call('cp', [place.lockFile, lockFile])
    const peer = join(project.storeDirectory, 'peer')
    const wheel = join(project.storeDirectory, 'wheels', side.wheel.sha256, side.wheel.filename)
    const byUv = async (flags: readonly string[]) => {
      await call(uv, ['venv', '--no-project', '--python', python, peer], project.storeDirectory)
      const sync = ['pip', 'sync', '--python', join(peer, 'bin', 'python'), '--no-build', ...flags, lockFile]
      await call(uv, sync, project.storeDirectory)
    }
    const ways: Record<Way, () => Promise<unknown>> = {
      ours: () => environments.ensure(side, lock),
      proven: async () => {
        await environments.ensure(side, lock)
        await environments.inspect(installed, side.wheel)
      },
      ready: () => environments.ensure(side, lock),
      uv: () => byUv(['--compile-bytecode']),
      uvUncompiled: () => byUv([]),
      pip: async () => {
        await call(python, ['-I', '-m', 'venv', peer])
        const options = [
          '--quiet',
          '--disable-pip-version-check',
          '--cache-dir',
          join(project.storeDirectory, 'pip-cache'),
        ]
        await call(join(peer, 'bin', 'python'), [
          '-I',
          '-m',
          'pip',
          'install',
          ...options,
          '--index-url',
          rig.indexUrl,
          wheel,
        ])
      },
    }
    const clear = async (way: Way) => {
      await environments.release()
      await rm(peer, { recursive: true, force: true })
      if (way !== 'ready')
        await Promise.all([place.marker, place.directory].map((path) => rm(path, { recursive: true, force: true })))
      else await environments.ensure(side, lock)
    }
    yield* compare(await timeByTurns(ways, clear, rounds))
  } finally {
    await rig.remove()
  }
}

/** Medians of the rounds after a first one that warms every cache. */
async function timeByTurns(
  ways: Record<Way, () => Promise<unknown>>,
  clear: (way: Way) => Promise<void>,
  rounds: number,
): Promise<Record<Way, number>> {
  const names = Object.keys(ways) as Way[]
  const seconds = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Way, number[]>
  for (let round = 0; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      await clear(name)
      const started = performance.now()
      await ways[name]()
      if (round > 0) seconds[name].push((performance.now() - started) / 1000)
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(seconds[name])])) as Record<Way, number>
}

function* compare(seconds: Record<Way, number>): Generator<Measure> {
  const { ours, proven, ready, uv, uvUncompiled, pip } = seconds
  const peers = { 'ours, seconds': ours, 'uv venv and uv pip sync, seconds': uv }
  yield atMost(1.15, 'warm environment, over plain uv with the same flags', ours / uv, 'ratio', peers)
  const uncompiled = { 'ours, seconds': ours, 'uv without compiling, seconds': uvUncompiled }
  yield figure('warm environment, over plain uv that compiles nothing', ours / uvUncompiled, 'ratio', uncompiled)
  const byPip = { 'ours, seconds': ours, 'venv and pip install, seconds': pip }
  yield figure('warm environment, over venv and pip install', ours / pip, 'ratio', byPip)
  yield figure('warm environment with the proof of what it holds', proven, 's', { 'without the proof, s': ours })
  yield figure('environment that is there already', ready, 's')
}

async function uvProgram(version: string): Promise<string> {
  const installed = join(toolsDirectory, `uv-${version}`, 'bin', 'uv')
  const there = await run('test', ['-x', installed])
  return there.exitCode === 0 ? installed : 'uv'
}

/** Runs uv or pip as the tool does: with the cache of the store, no configuration, nothing of our environment. */
async function call(program: string, args: readonly string[], storeDirectory?: string): Promise<void> {
  const cache: Record<string, string> =
    storeDirectory === undefined ? {} : { UV_CACHE_DIR: join(storeDirectory, 'uv-cache') }
  const environment = cleanEnvironment({
    ...cache,
    UV_NO_CONFIG: '1',
    UV_PYTHON_DOWNLOADS: 'never',
    UV_NO_PROGRESS: '1',
    UV_SKIP_WHEEL_FILENAME_CHECK: '1',
    UV_PREVIEW_FEATURES: 'pylock',
    PIP_CONFIG_FILE: '/dev/null',
  })
  const result = await run(program, args, { environment })
  if (result.exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${result.stderr}`)
}
