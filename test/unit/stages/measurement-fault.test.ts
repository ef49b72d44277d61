import { beforeAll, expect, test } from 'vitest'
import { sha256 } from '../../../plugins/isobench/src/domain/digest.ts'
import type { Measurement } from '../../../plugins/isobench/src/schema/measurement.ts'
import { MeasurementSettings } from '../../../plugins/isobench/src/schema/measurement-settings.ts'
import { failed } from '../../../plugins/isobench/src/schema/outcome.ts'
import { type FoundMeasurement, measurementFault } from '../../../plugins/isobench/src/stages/measurement-fault.ts'
import { runGpu } from '../../../plugins/isobench/src/stages/run-gpu.ts'
import { digestOf, sampleAnalysis } from '../../support/artifacts.ts'
import { broken, inputOf, measured } from '../../support/gpu-stage.ts'
import type { Plan, Run } from '../../../plugins/isobench/src/schema/run-bundle.ts'
import { canonicalJson } from '../../../plugins/isobench/src/domain/canonical-json.ts'

const settings = MeasurementSettings.parse({ profile: 'quick', controls: { second_base: true } })
let found: FoundMeasurement

/** As the harness writes them: each run names its plan. */
const ofPlan = (runs: Run[], plan: Plan) => runs.map((run) => ({ ...run, plan_sha256: sha256(canonicalJson(plan)) }))

beforeAll(async () => {
  found = await foundAfter({ settings })
})

async function foundAfter(
  overrides: Parameters<typeof inputOf>[0],
  change: (runs: Run[]) => Run[] = (runs) => runs,
): Promise<FoundMeasurement> {
  const input = inputOf(overrides)
  const result = await runGpu(
    input,
    measured((runs, plan) => change(ofPlan(runs, plan))),
  )
  return { input, harnessSha256: digestOf('harness'), ...result }
}

function changed(change: (measurement: Measurement) => void): FoundMeasurement {
  const measurement = structuredClone(found.measurement)
  change(measurement)
  return { ...found, measurement }
}

test('nothing is wrong with what run-gpu gives', async () => {
  expect(found.measurement.controls).toHaveLength(1)
  expect(measurementFault(found)).toBeNull()
  expect(measurementFault(await foundAfter({}, broken('test-crashed')))).toBeNull()
  const skipped = await foundAfter({ analysis: sampleAnalysis({ outcome: failed('not-a-candidate', 'docs only') }) })
  expect(measurementFault(skipped)).toBeNull()
  expect(measurementFault({ ...skipped, runs: null })).toBeNull()
})

test.each<[string, (measurement: Measurement) => void]>([
  ['decision.improvement', ({ decision }) => (decision.improvement! += 1e-6)],
  ['decision.verdict', ({ decision }) => (decision.verdict = 'regressed')],
  ['decision.flags.0', ({ decision }) => (decision.flags = [])],
  ['samples.head.3', ({ samples }) => (samples.head[3]! /= 2)],
  ['controls.0.decision.verdict', ({ controls }) => (controls[0]!.decision.verdict = 'no-change')],
  ['controls.0', ({ controls }) => void controls.pop()],
  ['secondary_metrics.0.improvement', ({ secondary_metrics: [metric] }) => (metric!.improvement = 0.5)],
  ['outcome.status', (measurement) => (measurement.outcome = failed('test-crashed', 'no', 'head'))],
  ['functions_reached.head.0', (measurement) => (measurement.functions_reached!.head = ['another.function'])],
  ['sandbox', (measurement) => (measurement.sandbox = 'docker')],
])('an edited figure is told: %s', (path, change) => {
  expect(measurementFault(changed(change))).toBe(`its runs do not give \`${path}\``)
})

test('edited runs are told, also where their digest was edited too', () => {
  const runs = found.runs!.replaceAll('"seconds":0.1,', '"seconds":0.2,')
  expect(runs).not.toBe(found.runs)
  expect(measurementFault({ ...found, runs })).toBe('runs.jsonl is not the one it was drawn from')
  expect(measurementFault({ ...found, runs: null })).toBe('runs.jsonl is not the one it was drawn from')
  const measurement = { ...found.measurement, runs_sha256: sha256(runs) }
  expect(measurementFault({ ...found, runs, measurement })).toMatch(/^its runs do not give/)
})

test('a measurement of another commit, test or protocol is told', async () => {
  const another = 'it was measured by another plan'
  expect(measurementFault({ ...found, input: { ...found.input, instanceId: 'demo-11111111' } })).toBe(another)
  expect(measurementFault({ ...found, input: { ...found.input, test: 'another = 1\n' } })).toBe(another)
  expect(measurementFault({ ...found, harnessSha256: digestOf('another') })).toBe(another)
  const slower = MeasurementSettings.parse({ ...settings, session: 2 })
  expect(measurementFault({ ...found, input: { ...found.input, settings: slower } })).toBe(another)
})

test('a measurement of what cannot be measured is told', () => {
  const input = { ...found.input, test: null }
  expect(measurementFault({ ...found, input })).toMatch(/^nothing can be measured, but `/)
})

test('runs that end before the rule does are refused', async () => {
  const runs = found.runs!.split('\n').slice(0, 12).join('\n') + '\n'
  const measurement = { ...found.measurement, runs_sha256: sha256(runs) }
  expect(() => measurementFault({ ...found, runs, measurement })).toThrow('the runs end before the rule does')
})
