import { describe, expect, test } from 'vitest'
import { nullDistribution } from '../../../plugins/isobench/src/domain/null-distribution.ts'
import { stageWiseProbability } from '../../../plugins/isobench/src/domain/p-value.ts'
import { profiles } from '../../../plugins/isobench/src/domain/profiles.ts'
import { signedRankProbability, signedRanks } from '../../../plugins/isobench/src/domain/signed-rank.ts'
import { normalNumbers } from '../../support/runs.ts'

describe('the table', () => {
  test('has the exact distribution at the first look', () => {
    for (const profile of ['quick', 'standard', 'rigorous'] as const) {
      for (const smaller of [0, 1, 3, 10, 18]) {
        expect(nullDistribution[profile][0][smaller]).toBeCloseTo(signedRankProbability(8, smaller), 6)
      }
    }
  })

  test('never falls, and ends at one', () => {
    for (const table of Object.values(nullDistribution).flat()) {
      expect(table.toSorted((a, b) => a - b)).toEqual(table)
      expect(table.at(-1)).toBeCloseTo(1, 3)
    }
  })

  test('spends less than 1 % on each side', () => {
    const spent = Object.entries(profiles).map(([name, { looks }]) => [
      name,
      nullDistribution[name as keyof typeof profiles].at(-1)![looks.at(-1)!.critical],
    ])
    expect(spent).toEqual([
      ['quick', 0.0078125],
      ['standard', 0.01966],
      ['rigorous', 0.0193446],
    ])
  })

  test.each(['standard', 'rigorous'] as const)('agrees with differences drawn at random: %s', (profile) => {
    const { looks } = profiles[profile]
    const paths = 20_000
    const normal = normalNumbers(4711)
    const rejected = looks.map(() => 0)
    const halfway = looks.map(() => 0)
    for (let path = 0; path < paths; path++) {
      const values = Array.from({ length: looks.at(-1)!.pairs }, normal)
      for (const [index, look] of looks.entries()) {
        const { positive, negative } = signedRanks(values.slice(0, look.pairs))
        const smaller = Math.min(positive, negative)
        if (smaller <= halfwayOf(look)) halfway[index]!++
        if (smaller <= look.critical) {
          for (let later = index; later < looks.length; later++) {
            rejected[later]!++
            if (later > index) halfway[later]!++
          }
          break
        }
      }
    }
    for (const [index, look] of looks.entries()) {
      for (const [count, at] of [
        [rejected[index]!, look.critical],
        [halfway[index]!, halfwayOf(look)],
      ] as const) {
        const expected = nullDistribution[profile][index]![at]!
        const standardError = Math.sqrt((expected * (1 - expected)) / paths)
        expect(Math.abs(count / paths - expected)).toBeLessThan(4 * standardError)
      }
    }
  })
})

function halfwayOf(look: { pairs: number }): number {
  return Math.round((look.pairs * (look.pairs + 1)) / 6)
}

describe('stageWiseProbability', () => {
  const looks = [{ pairs: 8, smaller: 5 }]

  test('is the single test at the first look', () => {
    expect(stageWiseProbability('standard', [{ pairs: 8, smaller: 0 }], { pairs: 8, smaller: 0 })).toBe(0.0078125)
  })

  test('at a later look is above all that was spent before', () => {
    const seen = { pairs: 12, smaller: 2 }
    expect(stageWiseProbability('standard', [...looks, seen], seen)).toBeGreaterThan(0.0078125)
    const critical = { pairs: 12, smaller: 6 }
    expect(stageWiseProbability('standard', [...looks, critical], critical)).toBeCloseTo(0.0129084, 7)
  })

  test('is that of the look that passed first, when measuring went on', () => {
    const passed = { pairs: 8, smaller: 0 }
    const last = { pairs: 12, smaller: 30 }
    expect(stageWiseProbability('standard', [passed, last], last)).toBe(0.0078125)
  })

  test('between looks is bounded, and never above one', () => {
    const last = { pairs: 10, smaller: 2 }
    expect(stageWiseProbability('standard', looks, last)).toBeCloseTo(0.0078125 + signedRankProbability(10, 2), 12)
    expect(stageWiseProbability('standard', [], { pairs: 3, smaller: 6 })).toBe(1)
    expect(stageWiseProbability('standard', [], { pairs: 8, smaller: 36 })).toBe(1)
  })
})
