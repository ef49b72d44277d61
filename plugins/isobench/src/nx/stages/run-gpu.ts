import { createLocalRunner } from '../../adapters/runner.ts'
import { canonicalJson } from '../../domain/canonical-json.ts'
import { runGpu } from '../../stages/run-gpu.ts'
import type { StageContext } from '../context.ts'
import { measuringInterpreters } from '../interpreters.ts'
import { measurementInput } from '../measurement-input.ts'
import type { Outputs } from '../outputs.ts'

export async function work(context: StageContext): Promise<Outputs> {
  const input = await measurementInput(context)
  const { measurement, runs } = await runGpu(input, {
    interpreters: measuringInterpreters(context, input.environment),
    runner: createLocalRunner(context.storeDirectory),
    log: context.log,
  })
  return { 'measurement.json': canonicalJson(measurement), 'runs.jsonl': runs }
}
