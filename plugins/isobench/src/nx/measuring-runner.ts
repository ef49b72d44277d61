import { join, resolve } from 'node:path'
import type { ClusterForBuilds } from '../adapters/slurm-build.ts'
import { type Runner, createLocalRunner, harnessSha256 } from '../adapters/runner.ts'
import { controlsOf } from '../domain/controls.ts'
import { IsobenchError } from '../errors.ts'
import { RunnerSettings } from '../schema/runner-settings.ts'
import type { RunGpuInput } from '../stages/run-gpu.ts'
import type { StageContext } from './context.ts'

/** What `commits/<repository>/runner.yaml` says; without it everything is measured here. */
export async function runnerSettings(context: StageContext): Promise<RunnerSettings> {
  const file = `${context.repositoryFolder}/runner.yaml`
  return (await context.settings(RunnerSettings, file)) ?? RunnerSettings.parse({ kind: 'local' })
}

/** What measures by these settings. */
export async function measuringRunner(
  context: StageContext,
  settings: RunnerSettings,
  { instanceId, environment, settings: { controls } }: RunGpuInput,
): Promise<Runner> {
  const { storeDirectory } = context
  if (settings.kind === 'local') return createLocalRunner(storeDirectory)
  const [{ createCluster }, { createSlurmRunner }, { bundledCommit }, { toolName }] = await Promise.all([
    import('../adapters/slurm.ts'),
    import('../adapters/slurm-runner.ts'),
    import('./bundled-commit.ts'),
    import('./tool-name.ts'),
  ])
  const folder = sharedFolder(context, settings)
  const key = `slurm ${JSON.stringify({ ...settings, folder })}`
  const cluster = () => context.shared(key, () => createCluster(settings, folder, (line) => console.error(line)))
  return createSlurmRunner({
    storeDirectory,
    folder,
    tool: await toolName(),
    environment,
    controls: controlsOf(instanceId, controls),
    measurable: async () => {
      const bundled = await bundledCommit(context, await harnessSha256())
      if ('commits' in bundled) return bundled
      throw new IsobenchError('bad-input', `there is nothing to measure: ${bundled.skipped.message}`)
    },
    submit: (task) => context.together(key, task, (tasks) => cluster().perform(tasks)),
  })
}

/** The cluster that builds wheels by `runner.yaml`; undefined where that is this machine. */
export async function buildingCluster(context: StageContext): Promise<ClusterForBuilds | undefined> {
  const settings = await runnerSettings(context)
  const { kind, build, poll_seconds } = settings
  if (kind === 'local' || build === undefined) return undefined
  const { createCluster } = await import('../adapters/slurm.ts')
  // Not that of the measurements: while one of those is written down, a wheel of it may have to be built again.
  const folder = join(sharedFolder(context, settings), 'builds')
  const key = `slurm builds ${JSON.stringify({ ...build, poll_seconds, folder })}`
  const cluster = () => context.shared(key, () => createCluster({ ...build, poll_seconds }, folder, console.error))
  return {
    folder,
    outcomes: context.shared(`outcomes of ${key}`, () => new Map()),
    submit: (tasks) =>
      context.together(key, tasks, (sides) => {
        const ended = cluster().perform(sides.flat())
        return sides.map((each) => Promise.allSettled(ended.splice(0, each.length)))
      }),
  }
}

function sharedFolder({ storeDirectory }: StageContext, { folder }: RunnerSettings): string {
  return resolve(folder ?? join(storeDirectory, 'slurm'))
}
