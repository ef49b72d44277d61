import { CommitRecord } from '../../plugins/isobench/src/schema/record.ts'
import { type AssembleInput, assemble } from '../../plugins/isobench/src/stages/assemble.ts'
import {
  commitHash,
  digestOf,
  sampleAnalysis,
  sampleCommit,
  sampleEnvironment,
  sampleGeneration,
  sampleMeasurement,
  sampleRepository,
  sampleTest,
} from './artifacts.ts'

/** What the stage `assemble` takes, for a commit that was measured as improved. */
export function sampleAssembleInput(overrides: Partial<AssembleInput> = {}): AssembleInput {
  const head = overrides.commit?.head ?? commitHash('head')
  return {
    instanceId: `demo-${head.slice(0, 8)}`,
    repository: { name: 'demo', settings: sampleRepository() },
    commit: sampleCommit({ head }),
    analysis: sampleAnalysis({ head_commit: head }),
    environment: sampleEnvironment(),
    generation: sampleGeneration(),
    measurement: sampleMeasurement(),
    test: sampleTest,
    digests: {
      analysis: digestOf('analysis.json'),
      environment: digestOf('environment.json'),
      generation: digestOf('generation.json'),
      measurement: digestOf('measurement.json'),
    },
    tool: 'nx-isobench 0.1.0',
    ...overrides,
  }
}

/** The record of an improved commit. `name` gives it an id and hashes of its own. */
export function sampleRecord(name: string, overrides: Partial<CommitRecord> = {}): CommitRecord {
  const head = commitHash(name)
  const record = assemble(sampleAssembleInput({ commit: sampleCommit({ head }) }))
  return CommitRecord.parse({ ...record, base_commit: commitHash(`${name} base`), ...overrides })
}

/** The record of a commit that was lost at `stage` for `reason`. */
export function unmeasuredRecord(
  name: string,
  { stage, reason, ...overrides }: Pick<CommitRecord, 'stage' | 'reason'> & Partial<CommitRecord>,
): CommitRecord {
  return sampleRecord(name, {
    base_performance: [],
    head_performance: [],
    performance_improvement: null,
    ci95: null,
    p_value: null,
    verdict: 'unmeasured',
    test_passed: false,
    status: 'unmeasured',
    stage,
    reason,
    ...overrides,
  })
}
