import { Analysis } from '../schema/analysis.ts'
import { Environment } from '../schema/environment.ts'
import { MeasurementSettings } from '../schema/measurement-settings.ts'
import type { RunGpuInput } from '../stages/run-gpu.ts'
import type { StageContext } from './context.ts'

/** What a measurement of a commit is made from: the same for `run-gpu` as for a bundle, so that their plans are equal. */
export async function measurementInput(context: StageContext): Promise<RunGpuInput> {
  const [analysis, environment, test, settings] = await Promise.all([
    context.artifact(Analysis, 'analysis.json'),
    context.artifact(Environment, 'environment.json'),
    context.output('efficiency_test.py'),
    measurementSettings(context),
  ])
  return {
    instanceId: context.projectName,
    analysis: analysis.value,
    environment: environment.value,
    test,
    settings,
  }
}

export async function measurementSettings(context: StageContext): Promise<MeasurementSettings> {
  const file = `${context.repositoryFolder}/measurement.yaml`
  return (await context.settings(MeasurementSettings, file)) ?? MeasurementSettings.parse({})
}
