import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalRunner } from '../../../plugins/isobench/src/adapters/runner.ts'
import { canonicalJson } from '../../../plugins/isobench/src/domain/canonical-json.ts'
import { sha256 } from '../../../plugins/isobench/src/domain/digest.ts'
import { Measurement } from '../../../plugins/isobench/src/schema/measurement.ts'
import { MeasurementSettings } from '../../../plugins/isobench/src/schema/measurement-settings.ts'
import { failed } from '../../../plugins/isobench/src/schema/outcome.ts'
import type { Run } from '../../../plugins/isobench/src/schema/run-bundle.ts'
import { runGpu } from '../../../plugins/isobench/src/stages/run-gpu.ts'
import { sampleAnalysis, sampleEnvironment } from '../../support/artifacts.ts'
import { broken, digests, faster, inputOf, measured } from '../../support/gpu-stage.ts'
import { type PythonSides, createSides, slowAndFast, testScript } from '../../support/python-sides.ts'

describe('runGpu', () => {
  test('has samples, verdict and digests of what it is made from', async () => {
    const effects = measured()
    const { measurement, runs } = await runGpu(inputOf(), effects)
    expect(Measurement.parse(measurement)).toEqual(measurement)
    expect(measurement).toMatchObject({
      outcome: { status: 'ok' },
      profile: 'quick',
      sandbox: 'bubblewrap',
      decision: { verdict: 'improved', pairs: 8, flags: ['no-digest'] },
      samples: { base: faster.map((pair) => pair.base), head: faster.map((pair) => pair.head) },
      digest: 'absent',
      functions_reached: { base: ['demo.parse.parse'], head: ['demo.parse.parse'] },
      runs_sha256: sha256(runs),
    })
    expect(effects.lines).toEqual(['improved, 25.9 % less time [25.2 %, 26.7 %] after 8 pairs, p 0.0078'])
  })

  test('says which session it is: another one is another plan', async () => {
    const settings = MeasurementSettings.parse({ profile: 'quick', session: 3 })
    const [first, third] = [await runGpu(inputOf(), measured()), await runGpu(inputOf({ settings }), measured())]
    expect([first.measurement.session, third.measurement.session]).toEqual([1, 3])
    expect(third.measurement.plan_sha256).not.toBe(first.measurement.plan_sha256)
  })

  test('gives the same artifact for the same runs', async () => {
    const [one, other] = await Promise.all([runGpu(inputOf(), measured()), runGpu(inputOf(), measured())])
    expect(canonicalJson(one.measurement)).toBe(canonicalJson(other.measurement))
  })

  test.each(['analysis', 'environment'] as const)('is skipped when there is no %s', async (stage) => {
    const outcome = failed('wheel-missing', 'no wheel', 'head')
    const input = inputOf({ environment: sampleEnvironment({ base: null, head: null }), test: null })
    const { measurement, runs } = await runGpu({ ...input, [stage]: { ...input[stage], outcome } }, measured())
    expect(Measurement.parse(measurement)).toEqual(measurement)
    expect(measurement).toMatchObject({
      outcome: { status: 'skipped', reason: 'wheel-missing', side: 'head' },
      decision: { verdict: 'unmeasured', stopped_by: null },
      samples: { base: [], head: [] },
      fingerprint: null,
    })
    expect(runs).toBe('')
  })

  test.each([
    ['test-crashed', broken('test-crashed')],
    ['timed-out', broken('timed-out')],
    ['out-of-memory', broken('out-of-memory')],
    ['contract-violated', broken('contract-violated')],
    ['output-differs', digests((run) => run.side)],
    ['contract-violated', digests((run) => `${run.side === 'base' ? run.index : 0}`)],
    ['change-not-exercised', (runs: Run[]) => runs.map((run) => ({ ...run, reached: run.reached && [] }))],
  ] as const)('has no number when %s', async (reason, change) => {
    const effects = measured(change)
    const { measurement } = await runGpu(inputOf(), effects)
    expect(Measurement.parse(measurement)).toEqual(measurement)
    expect(measurement).toMatchObject({
      outcome: { status: 'failed', reason },
      decision: { verdict: 'unmeasured', stopped_by: 'failure', improvement: null, p_value: null, pairs: 0 },
      samples: { base: [], head: [] },
      digest: reason === 'output-differs' ? 'mismatch' : expect.anything(),
    })
    expect(effects.lines[0]).toMatch(new RegExp(`^unmeasured, ${reason}`))
  })

  test('says what a reader must know', async () => {
    const input = inputOf({
      analysis: sampleAnalysis({ functions: [] }),
      environment: sampleEnvironment({ comparable: false }),
      settings: MeasurementSettings.parse({ profile: 'quick', sandbox: 'none' }),
    })
    const { measurement } = await runGpu(input, measured(digests(() => 'same')))
    expect(measurement.decision.flags).toEqual(['not-comparable', 'unsandboxed', 'coverage-unknown'])
    expect(measurement.digest).toBe('match')
  })

  test('is skipped without a test, and says nothing of why', async () => {
    const { measurement } = await runGpu(inputOf({ test: null }), measured())
    expect(Measurement.parse(measurement)).toEqual(measurement)
    expect(measurement.outcome).toMatchObject({ status: 'skipped', reason: null, message: 'no efficiency test' })
  })

  test('has the secondary metrics of the pairs that count', async () => {
    const effects = measured((runs) =>
      runs.map((run) => ({
        ...run,
        metrics: { tokens_per_second: { value: 10 / run.seconds!, better: 'higher' as const } },
      })),
    )
    const { measurement } = await runGpu(inputOf(), effects)
    expect(Measurement.parse(measurement)).toEqual(measurement)
    expect(measurement.secondary_metrics).toMatchObject([
      { name: 'peak_memory_bytes', improvement: expect.closeTo(0, 12), p_value: 1, p_holm: 1 },
      { name: 'tokens_per_second', base: expect.closeTo(100, 9), p_value: 0.0078125, p_holm: 0.015625 },
    ])
    expect(measurement.secondary_metrics[1]!.improvement).toBeCloseTo(Math.exp(0.3) - 1, 2)
  })

  test('refuses runs that end before the rule does', async () => {
    const cut = runGpu(
      inputOf(),
      measured((runs) => runs.slice(0, -3)),
    )
    await expect(cut).rejects.toThrow('the runs end before the rule does: 6 pairs')
  })
})

describe('with real processes', () => {
  let sides: PythonSides
  beforeAll(async () => {
    sides = await createSides(slowAndFast)
  })
  afterAll(() => sides.remove())

  test('finds a large improvement', async () => {
    const functions = [{ path: 'demo.py', name: 'work', module: 'demo', sides: ['base' as const, 'head' as const] }]
    const { measurement } = await runGpu(
      inputOf({
        analysis: sampleAnalysis({ functions }),
        test: testScript(),
        settings: MeasurementSettings.parse({ profile: 'standard', sandbox: 'none' }),
      }),
      { interpreters: async () => sides.interpreters, runner: createLocalRunner(sides.folder), log: () => {} },
    )
    expect(Measurement.parse(measurement)).toEqual(measurement)
    expect(measurement.decision.verdict).toBe('improved')
    expect(measurement.decision.improvement).toBeGreaterThan(0.3)
    expect(measurement).toMatchObject({
      digest: 'match',
      functions_reached: { base: ['demo.work'], head: ['demo.work'] },
      peak_memory_bytes: { base: expect.any(Number), head: expect.any(Number) },
    })
  })
})
