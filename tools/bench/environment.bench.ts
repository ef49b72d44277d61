import { chainOfCommits } from './environment-chain.ts'
import { warmEnvironment } from './environment-warm.ts'
import type { Measure } from './measure.ts'
import { probeOfHundred } from './probe-hundred.ts'

/** What an environment costs: one whose wheels are all here, a chain of commits, and asking what could be installed. */
export async function* measures(): AsyncGenerator<Measure> {
  yield* warmEnvironment(9)
  yield* chainOfCommits(50)
  yield await probeOfHundred()
}
