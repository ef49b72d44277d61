import { chainOfCommits } from './environment-chain.ts'
import { warmEnvironment } from './environment-warm.ts'
import type { Measure } from './measure.ts'

/** What an environment costs: one whose wheels are all here, a chain of commits, and asking what could be installed. */
export async function* measures(): AsyncGenerator<Measure> {
  yield* warmEnvironment(9)
  yield* chainOfCommits(50)
  // Place for the measure "probe of 100 commits": yield* await probeHundred()
}
