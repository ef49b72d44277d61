import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../plugins/isobench/src/adapters/process.ts'
import { installWheel } from '../../plugins/isobench/src/stages/install-wheel.ts'
import { createEnvironmentRig } from './environment-rig.ts'
import { type Measure, atMost, figure } from './measure.ts'

/**
 * `install-wheel` for each of so many consecutive commits against its parent, from an empty store: wheels fetched,
 * dependencies locked, environments made and proven. The base of a commit is the head of the one before it.
 */
export async function* chainOfCommits(count: number): AsyncGenerator<Measure> {
  const rig = await createEnvironmentRig(count + 1)
  const { project, settings } = rig
  try {
    await project.environments(settings).installer()
    const started = performance.now()
    for (const head of rig.commits.slice(1)) {
      const environments = project.environments(settings)
      const log = (line: string) => void project.lines.push(line)
      const input = { repository: project.input(settings), commit: { head } }
      const { environment } = await installWheel(input, { git: project.git, environments, log })
      await environments.release()
      if (environment.outcome.status !== 'ok') throw new Error(`${head}: ${environment.outcome.message}`)
    }
    const seconds = (performance.now() - started) / 1000
    const built = project.lines.filter((line) => line.startsWith('installing ')).length
    const there = (await readdir(join(project.storeDirectory, 'envs'))).filter((name) => name.endsWith('.ready.json'))
    if (built !== there.length) throw new Error(`environments built: ${built}, there: ${there.length}`)
    yield atMost(count + 1, `environments built for ${count} consecutive commits`, built, 'environments', {
      'one a side and commit': 2 * count,
    })
    yield figure(`${count} consecutive commits, from an empty store`, seconds, 's', { 's a commit': seconds / count })
    yield* disk(project.storeDirectory, count)
  } finally {
    await rig.remove()
  }
}

/** Environments, wheels and the cache that they share files with; `du` counts a file with several links once. */
async function* disk(storeDirectory: string, count: number): AsyncGenerator<Measure> {
  const folders = ['envs', 'wheels', 'uv-cache'].map((name) => join(storeDirectory, name))
  const [linked, copied] = [await megabytes(['-sck', ...folders]), await megabytes(['-sckl', ...folders])]
  yield figure(`${count} consecutive commits, on disk`, linked, 'MB', { 'if files were copied, MB': copied })
}

async function megabytes(args: readonly string[]): Promise<number> {
  const { stdout } = await run('du', args)
  return (Number(/^(\d+)\ttotal$/m.exec(stdout)![1]) * 1024) / 1e6
}
