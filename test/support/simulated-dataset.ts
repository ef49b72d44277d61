import { randomNumbers } from './runs.ts'
import { type Session, scenarios, simulatedSessions } from './simulation.ts'

/** A commit of a simulated dataset; `improvement` is the truth. */
export interface SimulatedCommit {
  readonly improvement: number
  readonly session: Session
}

const mix = [
  { scenario: scenarios.quiet, below: 0.15 },
  { scenario: scenarios.typical, below: 0.6 },
  { scenario: scenarios.h100gpu, below: 0.8 },
  { scenario: scenarios.h100host, below: 1 },
]

/**
 * Commits of which 40 % are faster, by 2 to 30 % (log-uniform), on machines of which 15 % are quiet, 45 % typical, 20 %
 * like an H100's device and 20 % like its host (measure.md, simulation).
 */
export function mixedDataset(count: number, seed: number): SimulatedCommit[] {
  const random = randomNumbers(seed)
  return Array.from({ length: count }, (_, index) => {
    const improvement = index < 0.4 * count ? 0.02 * 15 ** random() : 0
    const machine = random()
    const { scenario } = mix.find(({ below }) => machine < below)!
    return { improvement, session: simulatedSessions(scenario, improvement, seed + 3 * index) }
  })
}
