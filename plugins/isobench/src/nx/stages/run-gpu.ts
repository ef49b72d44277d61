import { devices } from '../../adapters/machine.ts'
import { canonicalJson } from '../../domain/canonical-json.ts'
import type { RunnerSettings } from '../../schema/runner-settings.ts'
import { runGpu } from '../../stages/run-gpu.ts'
import type { StageContext } from '../context.ts'
import { measuringInterpreters } from '../interpreters.ts'
import { measurementInput, measurementSettings } from '../measurement-input.ts'
import { measuringRunner, runnerSettings } from '../measuring-runner.ts'
import type { Outputs } from '../outputs.ts'

export async function work(context: StageContext): Promise<Outputs> {
  const [{ accelerator }, runner] = await Promise.all([measurementSettings(context), runnerSettings(context)])
  if (runner.kind === 'slurm') return measure(context, runner)
  return context.turn(`measure on ${accelerator}`, devices(accelerator), () => measure(context, runner))
}

async function measure(context: StageContext, settings: RunnerSettings): Promise<Outputs> {
  const input = await measurementInput(context)
  const { measurement, runs } = await runGpu(input, {
    interpreters: measuringInterpreters(context, input.environment),
    runner: await measuringRunner(context, settings, input),
    log: context.log,
  })
  return { 'measurement.json': canonicalJson(measurement), 'runs.jsonl': runs }
}
