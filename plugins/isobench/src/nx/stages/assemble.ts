import { harnessSha256 } from '../../adapters/runner.ts'
import { canonicalJson } from '../../domain/canonical-json.ts'
import { IsobenchError } from '../../errors.ts'
import { Analysis } from '../../schema/analysis.ts'
import { Environment } from '../../schema/environment.ts'
import { Generation } from '../../schema/generation.ts'
import { Measurement } from '../../schema/measurement.ts'
import { assemble } from '../../stages/assemble.ts'
import { measurementFault } from '../../stages/measurement-fault.ts'
import type { StageContext } from '../context.ts'
import { measurementInput } from '../measurement-input.ts'
import type { Outputs } from '../outputs.ts'
import { toolName } from '../tool-name.ts'

export async function work(context: StageContext): Promise<Outputs> {
  const [repository, commit, analysis, environment, generation, measurement, test] = await Promise.all([
    context.repository(),
    context.commit(),
    context.artifact(Analysis, 'analysis.json'),
    context.artifact(Environment, 'environment.json'),
    context.artifact(Generation, 'generation.json'),
    context.artifact(Measurement, 'measurement.json'),
    context.output('efficiency_test.py'),
  ])
  await requireDrawn(context, measurement.value)
  const record = assemble({
    instanceId: context.projectName,
    repository,
    commit,
    analysis: analysis.value,
    environment: environment.value,
    generation: generation.value,
    measurement: measurement.value,
    test,
    digests: {
      analysis: analysis.sha256,
      environment: environment.sha256,
      generation: generation.sha256,
      measurement: measurement.sha256,
    },
    tool: await toolName(),
  })
  return { 'record.json': canonicalJson(record) }
}

/** Nx restores what a cache gives it without a word, also from a cache that others write to. */
async function requireDrawn(context: StageContext, measurement: Measurement): Promise<void> {
  const [input, harness, runs] = await Promise.all([
    measurementInput(context),
    harnessSha256(),
    context.output('runs.jsonl'),
  ])
  const fault = measurementFault({ input, harnessSha256: harness, measurement, runs })
  if (fault === null) return
  throw new IsobenchError('corrupt-artifact', `${context.projectRoot}/out/measurement.json: ${fault}`, {
    hint: 'run `npx nx reset` and then the target again; from a shared cache the entry comes again (docs/shared-cache.md)',
  })
}
