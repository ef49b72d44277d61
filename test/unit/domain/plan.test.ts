import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../plugins/isobench/src/domain/canonical-json.ts'
import { plannedFunctions } from '../../../plugins/isobench/src/domain/plan.ts'
import { signedRankProbability } from '../../../plugins/isobench/src/domain/signed-rank.ts'
import { Plan } from '../../../plugins/isobench/src/schema/run-bundle.ts'
import { samplePlan } from '../../support/runs.ts'

describe('createPlan', () => {
  test('is a plan, and the same one every time', () => {
    const plan = samplePlan()
    expect(Plan.parse(plan)).toEqual(plan)
    expect(canonicalJson(samplePlan())).toBe(canonicalJson(plan))
  })

  test('has enough blocks for the last look, of both kinds', () => {
    for (const [profile, pairs] of [
      ['quick', 8],
      ['standard', 20],
      ['rigorous', 40],
    ] as const) {
      const plan = samplePlan({ profile })
      expect(plan.looks.at(-1)).toMatchObject({ pairs, most_excluded: pairs / 4 })
      expect(plan.blocks).toHaveLength(Math.ceil((pairs + pairs / 4) / 2))
    }
    expect(new Set(samplePlan({ profile: 'rigorous' }).blocks)).toEqual(new Set(['ABBA', 'BAAB']))
  })

  test('names no path of this machine', () => {
    expect(canonicalJson(samplePlan())).not.toContain(process.cwd())
  })

  test('gives up when the last look could find only three times the target', () => {
    const { futility } = samplePlan({ target_effect: 0.03 })
    expect(futility.deviation).toBeCloseTo(0.09 / 0.89, 10)
  })

  test('finds promising what a single look would reject at 20 %', () => {
    for (const { pairs, promising } of samplePlan({ profile: 'rigorous' }).looks) {
      expect(signedRankProbability(pairs, promising)).toBeLessThanOrEqual(0.2)
      expect(signedRankProbability(pairs, promising + 1)).toBeGreaterThan(0.2)
    }
  })

  test('warms a device up for seconds and rests, a test without one for milliseconds', () => {
    expect(samplePlan().timing).toMatchObject({ warmup_seconds: 0.02, rest_seconds: 0, limit_seconds: 75 })
    expect(samplePlan({ accelerator: 'nvidia' }).timing).toMatchObject({ warmup_seconds: 2, rest_seconds: 0.02 })
  })
})

test('functions outside of importable modules are left out', () => {
  const changed = { path: 'a.py', name: 'f', sides: ['head' as const] }
  expect(
    plannedFunctions([
      { ...changed, module: 'a' },
      { ...changed, module: null },
    ]),
  ).toEqual([{ module: 'a', name: 'f', sides: ['head'] }])
})
