import { canonicalJson } from '../../domain/canonical-json.ts'
import { Analysis } from '../../schema/analysis.ts'
import { Environment } from '../../schema/environment.ts'
import { Generation } from '../../schema/generation.ts'
import { Measurement } from '../../schema/measurement.ts'
import { assemble } from '../../stages/assemble.ts'
import type { StageContext } from '../context.ts'
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
