import { join, resolve } from 'node:path'
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
  const folder = resolve(settings.folder ?? join(storeDirectory, 'slurm'))
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
    submit: (task) => context.together(key, task, (tasks) => cluster().measure(tasks)),
  })
}
