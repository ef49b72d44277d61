import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { decide, isFinished, probabilityOf, undecided } from '../../../plugins/isobench/src/domain/decision.ts'
import { standardDeviation } from '../../../plugins/isobench/src/domain/hodges-lehmann.ts'
import { Decision } from '../../../plugins/isobench/src/schema/measurement.ts'
import { normalNumbers, pairsOfRatios, randomNumbers, samplePlan, sampleRuns } from '../../support/runs.ts'

const plan = samplePlan()
const decideRatios = (ratios: readonly number[], using = plan) =>
  decide(using, sampleRuns(using, pairsOfRatios(ratios)))
const normal = normalNumbers(7)
const noise = (count: number, deviation: number, centre = 0) =>
  Array.from({ length: count }, () => centre + deviation * normal())
const goesOn = (ratios: readonly number[]) => !isFinished(plan, sampleRuns(plan, pairsOfRatios(ratios)))
const disturbed = (ratios: readonly number[], excluded: readonly number[], using = plan) =>
  sampleRuns(using, pairsOfRatios(ratios)).map((run) =>
    run.side === 'head' && run.pair !== null && excluded.includes(run.pair)
      ? Object.assign(run, { excluded: 'throttled' as const })
      : run,
  )

describe('decide', () => {
  test('a clear improvement ends at the first look', () => {
    const decision = decideRatios([-0.31, -0.3, -0.29, -0.3, -0.3, -0.32, -0.28, -0.3])
    expect(Decision.parse(decision)).toEqual(decision)
    expect(decision).toMatchInlineSnapshot(`
      {
        "ci95": [
          0.25173643242143473,
          0.2665530437757107,
        ],
        "exclusions": [],
        "flags": [],
        "improvement": 0.2591817793182821,
        "looks": [
          8,
        ],
        "minimum_detectable_effect": 0.022570259505935296,
        "noise_floor": 0.004999999999999973,
        "p_value": 0.0078125,
        "pair_deviation": 0.011952286093343955,
        "pairs": 8,
        "stopped_by": "decision",
        "verdict": "improved",
      }
    `)
  })

  test('a clear regression, and what it is not', () => {
    const decision = decideRatios([0.2, 0.21, 0.19, 0.2, 0.2, 0.22, 0.18, 0.2])
    expect(decision).toMatchObject({ verdict: 'regressed', stopped_by: 'decision', pairs: 8, p_value: 0.0078125 })
    expect(decision.improvement).toBeCloseTo(1 - Math.exp(0.2), 3)
  })

  test('no change when the whole interval is within the margin', () => {
    expect(decideRatios([0.004, -0.003, 0.002, -0.001, 0.001, 0.003, -0.002, 0])).toMatchObject({
      verdict: 'no-change',
      stopped_by: 'equivalence',
      pairs: 8,
    })
  })

  test('a certain effect below 1 % is no improvement', () => {
    const decision = decideRatios([-0.005, -0.0051, -0.0049, -0.005, -0.005, -0.0052, -0.0048, -0.005])
    expect(decision).toMatchObject({ verdict: 'no-change', p_value: 0.0078125 })
  })

  test('goes on while nothing is certain, and is inconclusive at the end', () => {
    const ratios = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 0.05 : -0.045) + index / 1000)
    expect(() => decideRatios(ratios.slice(0, 19))).toThrow('the runs end before the rule does: 19 pairs')
    const decision = decideRatios(ratios)
    expect(decision).toMatchObject({ verdict: 'inconclusive', stopped_by: 'pairs', looks: [8, 12, 16, 20] })
    expect(decision.minimum_detectable_effect).toBeGreaterThan(0.02)
  })

  test('gives up on noise that hides three times the target, but not on an effect that stands out of it', () => {
    const wild = [0.3, -0.3, 0.2, -0.2, 0.4, -0.4, 0.1, -0.12]
    expect(decideRatios(wild)).toMatchObject({ verdict: 'inconclusive', stopped_by: 'futility', pairs: 8 })
    expect(goesOn([-0.9, -0.3, -0.6, 0.05, -0.7, -0.5, -0.2, -0.4])).toBe(true)
  })

  test('does not give up because of a few wild pairs', () => {
    const calm = [0.02, -0.03, 0.025, -0.01, 0.03, -0.02]
    expect(standardDeviation([...calm, 0.9, -0.8])).toBeGreaterThan(plan.futility.deviation)
    expect(goesOn([...calm, 0.9, -0.8])).toBe(true)
    // About 23 % less time at p 0.055, with two processes that something slowed down.
    const slowed = [-0.22, -0.26, 0.24, -0.21, -0.91, -0.2, -0.8, -0.31]
    expect(probabilityOf(plan, slowed)).toBeCloseTo(0.0547, 4)
    expect(standardDeviation(slowed)).toBeGreaterThan(3 * plan.futility.deviation)
    expect(goesOn(slowed)).toBe(true)
  })

  test('leaves out the pairs that the machine disturbed, whatever they show', () => {
    const runs = disturbed([-0.31, 4, -0.3, -0.29, -0.3, -0.3, -4, -0.32, -0.28, -0.3], [1, 6])
    const decision = decide(plan, runs)
    expect(decision).toMatchObject({
      verdict: 'improved',
      pairs: 8,
      p_value: 0.0078125,
      exclusions: [{ reason: 'throttled', pairs: 2 }],
    })
    const undisturbed = decideRatios([-0.31, -0.3, -0.29, -0.3, -0.3, -0.32, -0.28, -0.3])
    expect(decision).toEqual({ ...undisturbed, noise_floor: decision.noise_floor, exclusions: decision.exclusions })
    expect(isFinished(plan, runs.slice(0, -1))).toBe(false)
  })

  test('ends without a verdict when more than a fifth of the pairs are left out', () => {
    const decision = decide(plan, disturbed([-0.3, -0.31, -0.3, -0.29, -0.3], [1, 3, 4]))
    expect(Decision.parse(decision)).toEqual(decision)
    expect(decision).toMatchObject({
      verdict: 'inconclusive',
      stopped_by: 'exclusions',
      pairs: 2,
      flags: ['many-exclusions'],
      exclusions: [{ reason: 'throttled', pairs: 3 }],
    })
    expect(isFinished(plan, disturbed([-0.3, -0.31, -0.3, -0.29], [1, 3]))).toBe(false)
  })

  test('there is nothing to say when every pair is left out', () => {
    const runs = disturbed([-0.3, -0.31, -0.3], [0, 1, 2])
    expect(decide(plan, runs)).toEqual(undecided('exclusions'))
    expect(isFinished(plan, disturbed([-0.3, -0.31], [0, 1], samplePlan({ budget_seconds: 1 })))).toBe(false)
  })

  test('looks no further than where it stopped', () => {
    const first = [-0.31, -0.3, -0.29, -0.3, -0.3, -0.32, -0.28, -0.3]
    expect(decideRatios([...first, 5, 5, 5, 5])).toEqual(decideRatios(first))
  })

  test('the budget ends it between looks, without a verdict', () => {
    const ratios = [0.04, -0.03, 0.05, -0.01, 0.02, -0.04, 0.03, -0.02, 0.01]
    expect(decideRatios(ratios, samplePlan({ budget_seconds: 22 }))).toMatchObject({
      verdict: 'inconclusive',
      stopped_by: 'budget',
      pairs: 9,
      looks: [8],
    })
    const tiny = decideRatios([-0.1], samplePlan({ budget_seconds: 1 }))
    expect(tiny).toMatchObject({ ci95: null, minimum_detectable_effect: null, pair_deviation: null, p_value: 1 })
  })

  test('a failed process leaves nothing to decide', () => {
    const runs = sampleRuns(plan, pairsOfRatios([-0.3]))
    const failing = runs.with(runs.length - 1, { ...runs.at(-1)!, result: 'test-crashed', seconds: null })
    expect(decide(plan, failing)).toEqual(undecided('failure'))
  })

  test('flags an effect below what could be found, single calls, and an unsteady machine', () => {
    const shaky = [-0.01, -0.2, -0.02, -0.3, -0.03, -0.25, -0.02, -0.01]
    const runs = sampleRuns(plan, pairsOfRatios(shaky))
    expect(decide(plan, runs).flags).toEqual(['low-power'])
    const odd = runs.map((run, index) =>
      Object.assign(structuredClone(run), {
        iterations_seconds: [run.seconds!],
        probe_seconds: 0.01 * (1 + 0.2 * (index % 2)),
      }),
    )
    expect(decide(plan, odd).flags).toEqual(['low-power', 'single-shot', 'host-unstable'])
  })
})

test('the harness stops where the decision is drawn', async () => {
  const random = randomNumbers(42)
  const cases = Array.from({ length: 1000 }, () => {
    const profile = (['quick', 'standard', 'rigorous'] as const)[Math.floor(random() * 3)]!
    const chosen = samplePlan({ profile, budget_seconds: random() < 0.2 ? 30 : 3600 })
    const count = Math.floor(random() * (chosen.blocks.length * 2 + 1))
    const deviation = 10 ** (-3 + 2.5 * random())
    const ratios = noise(count, deviation, random() < 0.5 ? 0 : deviation * normal())
    const rounded = random() < 0.3 ? ratios.map((ratio) => Math.round(ratio * 50) / 50) : ratios
    const wild = random() < 0.3 ? rounded.map((ratio) => ratio + (random() < 0.15 ? 2 * normal() : 0)) : rounded
    const excluding = random() < 0.3 ? 0.2 : 0
    const runs = sampleRuns(chosen, pairsOfRatios(wild)).map((run) =>
      random() < excluding / 2 ? Object.assign(run, { excluded: 'clock-drop' as const }) : run,
    )
    return { plan: chosen, runs: random() < 0.1 ? runs.slice(0, -1) : runs }
  })
  const program = `
import json, sys
sys.path.insert(0, sys.argv[1])
import rule
print(json.dumps([rule.stop(case["plan"], case["runs"]) for case in json.load(sys.stdin)]))`
  const harness = join(import.meta.dirname, '../../../plugins/isobench/harness')
  const { stdout } = await execa('python3', ['-B', '-c', program, harness], { input: JSON.stringify(cases) })
  const stops = JSON.parse(stdout) as (string | null)[]
  const expected = cases.map((each) => (isFinished(each.plan, each.runs) ? decideAll(each).stopped_by : null))
  // The rule of the harness sees only the end; a case whose earlier look already ended it would not have gone on.
  const comparable = cases.map((each) => !endedBefore(each))
  expect(comparable.filter(Boolean).length).toBeGreaterThan(300)
  expect(stops.filter((_, index) => comparable[index])).toEqual(expected.filter((_, index) => comparable[index]))
  expect(new Set(stops)).toEqual(
    new Set([null, 'decision', 'equivalence', 'futility', 'pairs', 'budget', 'exclusions']),
  )
})

function decideAll({ plan: using, runs }: { plan: typeof plan; runs: ReturnType<typeof sampleRuns> }) {
  return decide(using, runs)
}

/** Whether the rule had stopped before the last complete pair. */
function endedBefore({ plan: using, runs }: { plan: typeof plan; runs: ReturnType<typeof sampleRuns> }): boolean {
  const paired = runs.filter((run) => run.pair !== null)
  const last = Math.max(-1, ...paired.map((run) => run.pair!))
  const complete = paired.filter((run) => run.pair === last).length === 2 ? last : last - 1
  return Array.from({ length: Math.max(0, complete) }, (_, count) => count + 1).some((count) =>
    isFinished(
      using,
      runs.filter((run) => run.pair === null || run.pair < count),
    ),
  )
}
