import { describe, expect, test } from 'vitest'
import { decide, endAtLooks, probabilityOf } from '../../../plugins/isobench/src/domain/decision.ts'
import { benjaminiHochberg } from '../../../plugins/isobench/src/domain/multiplicity.ts'
import { normalNumbers, pairsOfRatios, randomNumbers, samplePlan, sampleRuns } from '../../support/runs.ts'
import { mixedDataset } from '../../support/simulated-dataset.ts'
import { pairedRatios, scenarios, simulatedSessions } from '../../support/simulation.ts'

const plan = samplePlan({ budget_seconds: 86_400 })
const sessions = 20_000
/** One in a hundred, and what chance adds to it in so many sessions once in a hundred tests (2.33 standard errors). */
const mostFalse = sessions * 0.01 + 2.33 * Math.sqrt(sessions * 0.01 * 0.99)
const names = Object.keys(scenarios) as (keyof typeof scenarios)[]

/** The verdicts of the rule itself, without the runs around it: what `decide` says is the same, as the first test shows. */
function simulate(name: keyof typeof scenarios, improvement: number, count: number, seed: number) {
  const session = simulatedSessions(scenarios[name], improvement, seed)
  const coin = randomNumbers(seed + 2)
  return Array.from({ length: count }, () => endAtLooks(plan, pairedRatios(session, 20, coin))!)
}

test.each(names)('the whole decision agrees with the rule on log ratios: %s', (name) => {
  const session = simulatedSessions(scenarios[name], 0.03, 5)
  const coin = randomNumbers(6)
  for (let count = 0; count < 20; count++) {
    const ratios = pairedRatios(session, 20, coin)
    const runs = sampleRuns(plan, pairsOfRatios(ratios))
    const { verdict, pairs, stoppedBy } = endAtLooks(plan, ratios)!
    const decision = decide(plan, runs)
    expect(decision).toMatchObject({ verdict, pairs, stopped_by: stoppedBy })
    expect(decision.p_value).toBe(probabilityOf(plan, ratios.slice(0, pairs)))
  }
})

describe('base against itself', () => {
  test.each(names)('is called improved or regressed once in a hundred at the most, each: %s', (name) => {
    const ends = simulate(name, 0, sessions, 100 * (1 + names.indexOf(name)))
    for (const verdict of ['improved', 'regressed']) {
      expect(ends.filter((end) => end.verdict === verdict).length).toBeLessThanOrEqual(mostFalse)
    }
  })
})

test.each(['typical', 'step', 'drift'] as const)(
  'an effect of three percent is found in 95 of 100 sessions: %s',
  (name) => {
    const ends = simulate(name, 0.03, 2000, 200)
    expect(ends.filter(({ verdict }) => verdict === 'improved').length / ends.length).toBeGreaterThanOrEqual(0.95)
    expect(Math.max(...ends.map(({ pairs }) => pairs))).toBeLessThanOrEqual(20)
  },
)

test.each(['typical', 'order'] as const)('leaving out disturbed pairs makes nothing likelier: %s', (name) => {
  const session = simulatedSessions(scenarios[name], 0, 900)
  const coin = randomNumbers(901)
  const verdicts = Array.from({ length: sessions }, () => {
    const measured = pairedRatios(session, 26, coin).map((ratio) => (coin() < 0.1 ? null : ratio))
    return endAtLooks(plan, measured)?.verdict
  })
  for (const verdict of ['improved', 'regressed']) {
    expect(verdicts.filter((each) => each === verdict).length).toBeLessThanOrEqual(mostFalse)
  }
})

describe('the futility stop', () => {
  test('is not misled by wild processes', () => {
    for (const [improvement, found] of [
      [0.23, 0.88],
      [0.1, 0.7],
    ] as const) {
      const ends = simulate('wild', improvement, 2000, 500)
      expect(ends.filter(({ verdict }) => verdict === 'improved').length / ends.length).toBeGreaterThan(found)
    }
  })

  test('saves a noisy host most of the pairs that could find nothing', () => {
    const ends = simulate('h100host', 0, 2000, 600)
    expect(mean(ends.map(({ pairs }) => pairs))).toBeLessThan(12)
  })
})

/**
 * Where measuring stops is decided by the time, so the p value of another figure is exact only if that is independent of
 * the time or moves with it. With the correlations in between, it is small hardly more often than it should be.
 */
test.each([0, 0.5, 0.9])(
  'a secondary metric that does not differ is rarely significant: correlation %d',
  (correlation) => {
    for (const effect of [0, 0.02]) {
      const normal = normalNumbers(700)
      const probabilities = Array.from({ length: 5000 }, () => {
        const time = Array.from({ length: 20 }, normal)
        const end = endAtLooks(
          plan,
          time.map((value) => 0.035 * value - effect),
        )!
        const other = time.map((value) => correlation * value + Math.sqrt(1 - correlation ** 2) * normal())
        return probabilityOf(plan, other.slice(0, end.pairs))
      })
      const error = (rate: number) => 2.33 * Math.sqrt((rate * (1 - rate)) / probabilities.length)
      const share = (rate: number) => probabilities.filter((p) => p <= rate).length / probabilities.length
      expect(share(0.05)).toBeLessThan(0.055 + error(0.055))
      expect(share(0.01)).toBeLessThan(0.01 + error(0.01))
    }
  },
)

describe('datasets of 200 commits, 80 of them faster by 2 to 30 %', () => {
  const datasets = Array.from({ length: 100 }, (_, index) => mixedDataset(200, 1000 * (index + 1)))
  const results = datasets.map((commits) => {
    const coin = randomNumbers(31)
    const measured = commits.map(({ session, improvement }) => {
      const ratios = pairedRatios(session, 20, coin)
      const { verdict, pairs } = endAtLooks(plan, ratios)!
      return { verdict, improvement, p: probabilityOf(plan, ratios.slice(0, pairs)) }
    })
    const adjusted = benjaminiHochberg(measured.map(({ p }) => p))
    return measured.map(({ verdict, improvement }, index) => ({
      verdict,
      improvement,
      holds: adjusted[index]! <= 0.05,
    }))
  })

  test.each([false, true])('few discoveries are false and most are made, across the dataset: %s', (across) => {
    const each = results.map((commits) => {
      const found = commits.filter((commit) => isDiscovery(commit) && (!across || commit.holds))
      const right = found.filter(isRight)
      return { false: 1 - right.length / found.length, found: right.length / 80 }
    })
    expect(mean(each.map((dataset) => dataset.false))).toBeLessThanOrEqual(0.05)
    expect(mean(each.map((dataset) => dataset.found))).toBeGreaterThanOrEqual(0.8)
  })
})

interface Judged {
  readonly verdict: string
  readonly improvement: number
}

function isDiscovery({ verdict }: Judged): boolean {
  return verdict === 'improved' || verdict === 'regressed'
}

function isRight({ verdict, improvement }: Judged): boolean {
  return verdict === 'improved' && improvement > 0
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
