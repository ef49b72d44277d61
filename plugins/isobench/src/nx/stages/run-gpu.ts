import { createLocalRunner } from '../../adapters/runner.ts'
import { canonicalJson } from '../../domain/canonical-json.ts'
import { Analysis } from '../../schema/analysis.ts'
import { Environment } from '../../schema/environment.ts'
import { MeasurementSettings } from '../../schema/measurement-settings.ts'
import { runGpu } from '../../stages/run-gpu.ts'
import type { StageContext } from '../context.ts'
import { interpretersOf } from '../interpreters.ts'
import type { Outputs } from '../outputs.ts'

export async function work(context: StageContext): Promise<Outputs> {
  const file = `${context.repositoryFolder}/measurement.yaml`
  const [analysis, environment, test, settings] = await Promise.all([
    context.artifact(Analysis, 'analysis.json'),
    context.artifact(Environment, 'environment.json'),
    context.output('efficiency_test.py'),
    context.settings(MeasurementSettings, file),
  ])
  const { measurement, runs } = await runGpu(
    {
      instanceId: context.projectName,
      analysis: analysis.value,
      environment: environment.value,
      test,
      settings: settings ?? MeasurementSettings.parse({}),
    },
    {
      interpreters: interpretersOf(context, environment.value),
      runner: createLocalRunner(context.storeDirectory),
      log: context.log,
    },
  )
  return { 'measurement.json': canonicalJson(measurement), 'runs.jsonl': runs }
}
