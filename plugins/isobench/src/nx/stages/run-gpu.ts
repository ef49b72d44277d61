import { devices } from '../../adapters/machine.ts'
import { createLocalRunner } from '../../adapters/runner.ts'
import { canonicalJson } from '../../domain/canonical-json.ts'
import { runGpu } from '../../stages/run-gpu.ts'
import type { StageContext } from '../context.ts'
import { measuringInterpreters } from '../interpreters.ts'
import { measurementInput, measurementSettings } from '../measurement-input.ts'
import type { Outputs } from '../outputs.ts'

export async function work(context: StageContext): Promise<Outputs> {
  const { accelerator } = await measurementSettings(context)
  return context.turn(`measure on ${accelerator}`, devices(accelerator), () => measure(context))
}

async function measure(context: StageContext): Promise<Outputs> {
  const input = await measurementInput(context)
  const { measurement, runs } = await runGpu(input, {
    interpreters: measuringInterpreters(context, input.environment),
    runner: createLocalRunner(context.storeDirectory),
    log: context.log,
  })
  return { 'measurement.json': canonicalJson(measurement), 'runs.jsonl': runs }
}
