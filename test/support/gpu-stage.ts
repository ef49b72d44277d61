import type { Runner } from '../../plugins/isobench/src/adapters/runner.ts'
import { canonicalJson, canonicalJsonLine } from '../../plugins/isobench/src/domain/canonical-json.ts'
import { sha256 } from '../../plugins/isobench/src/domain/digest.ts'
import { MeasurementSettings } from '../../plugins/isobench/src/schema/measurement-settings.ts'
import type { Plan, Run } from '../../plugins/isobench/src/schema/run-bundle.ts'
import type { RunGpuEffects, RunGpuInput } from '../../plugins/isobench/src/stages/run-gpu.ts'
import { digestOf, sampleAnalysis, sampleEnvironment, sampleMeasurement, sampleTest } from './artifacts.ts'
import { pairsOfRatios, sampleRuns } from './runs.ts'

/** What the stage `run-gpu` takes. */
export function inputOf(overrides: Partial<RunGpuInput> = {}): RunGpuInput {
  return {
    instanceId: 'demo-00000000',
    analysis: sampleAnalysis(),
    environment: sampleEnvironment(),
    test: sampleTest,
    settings: MeasurementSettings.parse({ profile: 'quick' }),
    ...overrides,
  }
}

/** Eight pairs of which head takes 26 % less. */
export const faster = pairsOfRatios([-0.31, -0.3, -0.29, -0.3, -0.3, -0.32, -0.28, -0.3])

/** A runner that has already measured: gives the runs of 8 pairs of which head takes 26 % less, after a change to them. */
export function measured(
  change: (runs: Run[], plan: Plan) => Run[] = (runs) => runs,
): RunGpuEffects & { lines: string[] } {
  const runner: Runner = {
    harnessSha256: async () => digestOf('harness'),
    measure: async ({ plan }) => ({
      runs: change(sampleRuns(plan, faster), plan)
        .map((run) => `${canonicalJsonLine(run)}\n`)
        .join(''),
      fingerprint: sampleMeasurement().fingerprint!,
      planSha256: sha256(canonicalJson(plan)),
    }),
    trial: async () => [],
  }
  const lines: string[] = []
  return {
    interpreters: () => Promise.reject(new Error('not asked for')),
    runner,
    log: (line) => lines.push(line),
    lines,
  }
}

/** The runs with a last process that failed. */
export const broken = (result: Exclude<Run['result'], 'ok'>) => (runs: Run[]) =>
  runs.with(runs.length - 1, { ...runs.at(-1)!, result, message: 'why', seconds: null, exit_code: 1 })
/** The runs with a digest for each. */
export const digests = (of: (run: Run) => string) => (runs: Run[]) =>
  runs.map((run) => ({ ...run, digest: { sha256: digestOf(of(run)), numbers: [] } }))
