import { createPlan } from '../../plugins/isobench/src/domain/plan.ts'
import { MeasurementSettings } from '../../plugins/isobench/src/schema/measurement-settings.ts'
import type { Side } from '../../plugins/isobench/src/schema/outcome.ts'
import type { Plan, Run } from '../../plugins/isobench/src/schema/run-bundle.ts'
import { digestOf, sampleAnalysis, sampleSide, sampleTest } from './artifacts.ts'
import { trialRun } from './trial-run.ts'

/** A plan for the sample test, with the settings given. */
export function samplePlan(settings: Partial<MeasurementSettings> = {}, overrides: Partial<Plan> = {}): Plan {
  const plan = createPlan({
    instanceId: 'demo-00000000',
    test: sampleTest,
    harnessSha256: digestOf('harness'),
    base: sampleSide('base'),
    head: sampleSide('head'),
    functions: sampleAnalysis().functions,
    settings: MeasurementSettings.parse(settings),
  })
  return { ...plan, ...overrides }
}

/** The runs of a session: coverage and burn-in on both sides, then the pairs, in the plan's order. */
export function sampleRuns(plan: Plan, pairs: readonly { base: number; head: number }[]): Run[] {
  const before = (['coverage', 'burn-in'] as const).flatMap((purpose) =>
    (['base', 'head'] as const).map((side) => ({ purpose, side, pair: null, seconds: 0.1 })),
  )
  const timed = pairs.flatMap((pair, index) =>
    orderOf(plan, index).map((side) => ({ purpose: 'pair' as const, side, pair: index, seconds: pair[side] })),
  )
  return [...before, ...timed].map((run, index) =>
    trialRun(run.side, {
      ...run,
      index,
      iterations_seconds: [run.seconds, run.seconds],
      reached: run.purpose === 'coverage' ? ['demo.parse.parse'] : null,
    }),
  )
}

/** Pairs of 100 ms on base, whose ln(head/base) are the values given. */
export function pairsOfRatios(logRatios: readonly number[]): { base: number; head: number }[] {
  return logRatios.map((ratio) => ({ base: 0.1, head: 0.1 * Math.exp(ratio) }))
}

function orderOf(plan: Plan, pair: number): Side[] {
  const block = plan.blocks[pair >> 1]!
  const letters = pair % 2 === 0 ? [block[0], block[1]] : [block[2], block[3]]
  return letters.map((letter) => (letter === 'A' ? 'base' : 'head'))
}

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Standard normal numbers by Box and Muller. */
export function normalNumbers(seed: number): () => number {
  const random = randomNumbers(seed)
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
