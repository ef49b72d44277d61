import { describe, expect, test } from 'vitest'
import { holm } from '../../../plugins/isobench/src/domain/multiplicity.ts'
import { completePairs } from '../../../plugins/isobench/src/domain/runs.ts'
import { secondaryMetrics } from '../../../plugins/isobench/src/domain/secondary-metrics.ts'
import { SecondaryMetric } from '../../../plugins/isobench/src/schema/measurement.ts'
import type { Run } from '../../../plugins/isobench/src/schema/run-bundle.ts'
import { pairsOfRatios, samplePlan, sampleRuns } from '../../support/runs.ts'

const plan = samplePlan()
const noise = [0.01, -0.02, 0.005, 0.03, -0.015, 0.02, -0.005, 0.001]

/** Eight pairs of which head takes 30 % less, with what `change` makes of each process. */
function metricsOf(change: (run: Run) => Partial<Run>): SecondaryMetric[] {
  const runs = sampleRuns(plan, pairsOfRatios(noise.map((each) => Math.log(0.7) + each)))
  const metrics = secondaryMetrics(plan, completePairs(runs.map((run) => Object.assign(run, change(run)))))
  for (const metric of metrics) expect(SecondaryMetric.parse(metric)).toEqual(metric)
  return metrics
}
const lower = (value: number) => ({ value, better: 'lower' as const })
const higher = (value: number) => ({ value, better: 'higher' as const })
const onHead = ({ side }: Run, head: number) => (side === 'head' ? head : 1)

describe('secondaryMetrics', () => {
  test('has effect, interval and p value of each figure in its direction', () => {
    const metrics = metricsOf((run) => {
      const steps = 1 + 0.001 * (run.index % 5)
      return {
        metrics: {
          tokens_per_second: higher(1000 * steps * onHead(run, 1.4)),
          first_token_seconds: lower(2 * steps * onHead(run, 0.5)),
        },
        peak_memory_bytes: 1_000_000,
        peak_device_memory_bytes: run.index % 2 === 0 ? 5000 : 5001,
      }
    })
    const byName = new Map(metrics.map((metric) => [metric.name, metric]))
    expect([...byName.keys()]).toEqual([
      'first_token_seconds',
      'peak_device_memory_bytes',
      'peak_memory_bytes',
      'tokens_per_second',
    ])
    const faster = byName.get('tokens_per_second')!
    expect(faster).toMatchObject({ better: 'higher', p_value: 0.0078125, base: expect.closeTo(1003, 6) })
    expect(faster.improvement).toBeCloseTo(0.4, 2)
    expect(faster.ci95![0]).toBeLessThan(faster.ci95![1])
    expect(byName.get('first_token_seconds')!.improvement).toBeCloseTo(0.5, 2)
    expect(byName.get('peak_memory_bytes')).toEqual({
      name: 'peak_memory_bytes',
      better: 'lower',
      base: 1_000_000,
      head: 1_000_000,
      improvement: expect.closeTo(0, 12),
      ci95: [expect.closeTo(0, 12), expect.closeTo(0, 12)],
      p_value: 1,
      p_holm: 1,
    })
  })

  test('p values are adjusted for all figures of the commit', () => {
    const metrics = metricsOf((run) => ({
      metrics: { a: lower(onHead(run, 2)), b: lower(onHead(run, 0.5)), c: lower(1 + (run.index % 3)) },
    }))
    const known = metrics.map(({ p_value }) => p_value!)
    expect(metrics.map(({ p_holm }) => p_holm)).toEqual(holm(known))
    expect(metrics.find(({ name }) => name === 'a')).toMatchObject({ improvement: -1, p_holm: 4 * 0.0078125 })
  })

  test('a figure that one process lacks has no effect, and takes no part in the adjustment', () => {
    const metrics = metricsOf((run) => ({
      metrics:
        run.side === 'head' && run.pair === 2
          ? { a: lower(onHead(run, 2)) }
          : { a: lower(onHead(run, 2)), gap: lower(3) },
    }))
    expect(metrics.find(({ name }) => name === 'gap')).toEqual({
      name: 'gap',
      better: 'lower',
      base: 3,
      head: null,
      improvement: null,
      ci95: null,
      p_value: null,
      p_holm: null,
    })
    expect(metrics.find(({ name }) => name === 'a')!.p_holm).toBe(2 * 0.0078125)
  })

  test('zero and negative figures are shown without an effect', () => {
    const [metric] = metricsOf((run) => ({ metrics: { hits: higher(run.index - 8) }, peak_memory_bytes: null }))
    expect(metric).toMatchObject({ name: 'hits', improvement: null, p_value: null, base: expect.any(Number) })
  })

  test('a direction that changes between processes is no direction', () => {
    const metrics = metricsOf((run) => ({
      metrics: { a: run.side === 'base' ? lower(1) : higher(1) },
      peak_memory_bytes: null,
    }))
    expect(metrics).toHaveLength(1)
    expect(metrics[0]).toMatchObject({ improvement: null, p_value: null })
  })

  test('there is none without a figure, and none without a pair', () => {
    expect(metricsOf(() => ({ peak_memory_bytes: null }))).toEqual([])
    expect(secondaryMetrics(plan, [])).toEqual([])
  })
})
