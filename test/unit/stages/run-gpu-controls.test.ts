import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalRunner } from '../../../plugins/isobench/src/adapters/runner.ts'
import { sha256 } from '../../../plugins/isobench/src/domain/digest.ts'
import { parseRuns } from '../../../plugins/isobench/src/domain/runs.ts'
import { Measurement } from '../../../plugins/isobench/src/schema/measurement.ts'
import { MeasurementSettings } from '../../../plugins/isobench/src/schema/measurement-settings.ts'
import { runGpu } from '../../../plugins/isobench/src/stages/run-gpu.ts'
import { sampleAnalysis } from '../../support/artifacts.ts'
import { broken, inputOf, measured } from '../../support/gpu-stage.ts'
import { type PythonSides, createSides, slowAndFast, testScript } from '../../support/python-sides.ts'
import { pairsOfRatios, sampleRuns } from '../../support/runs.ts'

describe('controls of runGpu', () => {
  const settings = MeasurementSettings.parse({ profile: 'quick', controls: { second_base: true, blind_share: 1 } })
  const same = pairsOfRatios([0.004, -0.003, 0.002, -0.001, 0.001, 0.003, -0.002, 0])

  test('measure base against base after the commit, and are no part of its decision', async () => {
    const effects = measured((runs, plan) => (plan.control === null ? runs : sampleRuns(plan, same)))
    const { measurement, runs } = await runGpu(inputOf({ settings }), effects)
    expect(Measurement.parse(measurement)).toEqual(measurement)
    const without = await runGpu(inputOf({ settings: MeasurementSettings.parse({ profile: 'quick' }) }), measured())
    expect(measurement.decision).toEqual(without.measurement.decision)
    expect(measurement.samples).toEqual(without.measurement.samples)
    expect(measurement.plan_sha256).toBe(without.measurement.plan_sha256)
    expect(without.measurement.controls).toEqual([])
    expect(measurement.controls).toMatchObject([
      { kind: 'second-base', outcome: { status: 'ok' }, decision: { verdict: 'no-change', pairs: 8 } },
      { kind: 'blind', outcome: { status: 'ok' }, decision: { verdict: 'no-change', pairs: 8 } },
    ])
    expect(new Set([measurement.plan_sha256, ...measurement.controls.map((each) => each.plan_sha256)]).size).toBe(3)
    expect(runs.startsWith(without.runs)).toBe(true)
    expect(measurement.runs_sha256).toBe(sha256(runs))
    expect(effects.lines.slice(1)).toEqual([
      'control second-base: base against base',
      expect.stringMatching(/^control second-base: no-change, /),
      'control blind: base against base',
      expect.stringMatching(/^control blind: no-change, /),
    ])
  })

  test('that fail or find something say so', async () => {
    const effects = measured((runs, plan) =>
      plan.control === 'second-base' ? broken('timed-out')(sampleRuns(plan, same)) : runs,
    )
    const { measurement } = await runGpu(inputOf({ settings }), effects)
    expect(measurement.outcome.status).toBe('ok')
    expect(measurement.controls).toMatchObject([
      {
        kind: 'second-base',
        outcome: { status: 'failed', reason: 'timed-out' },
        decision: { verdict: 'unmeasured' },
      },
      { kind: 'blind', outcome: { status: 'ok' }, decision: { verdict: 'improved' } },
    ])
  })

  test('are not measured where the commit itself could not be', async () => {
    const { measurement } = await runGpu(inputOf({ settings }), measured(broken('test-crashed')))
    expect(measurement.controls).toEqual([])
  })
})

describe('with real processes', () => {
  let sides: PythonSides
  beforeAll(async () => {
    sides = await createSides(slowAndFast)
  })
  afterAll(() => sides.remove())

  test('measures base against itself', async () => {
    const { base, read_only } = sides.interpreters
    const asked: unknown[] = []
    const { measurement, runs } = await runGpu(
      inputOf({
        analysis: sampleAnalysis({ functions: [] }),
        test: testScript(),
        settings: MeasurementSettings.parse({ profile: 'quick', sandbox: 'none', controls: { blind_share: 1 } }),
      }),
      {
        interpreters: async (control) => {
          asked.push(control)
          return control === null ? sides.interpreters : { base, head: base, read_only }
        },
        runner: createLocalRunner(sides.folder),
        log: () => {},
      },
    )
    expect(asked).toEqual([null, 'blind'])
    const [control] = measurement.controls
    expect(control).toMatchObject({ kind: 'blind', outcome: { status: 'ok' }, decision: { pairs: 8, looks: [8] } })
    const its = parseRuns(runs).filter((run) => run.plan_sha256 === control!.plan_sha256)
    expect(its.filter(({ purpose }) => purpose === 'pair')).toHaveLength(16)
  })
})
