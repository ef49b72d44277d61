import type { Probe, Wheel } from '../adapters/environment-store.ts'
import type { WheelAttempt } from '../schema/environment.ts'
import type { WheelSource } from '../schema/repository.ts'

/** What the ladder gave one side: the wheel of the chosen rung, and everything that was tried, in order. */
export interface Climbed<Found = Wheel> {
  readonly wheel: Found | null
  readonly attempts: readonly WheelAttempt[]
  /** Why the side does not build, where that was tried */
  readonly buildFailure: string | null
}

/** What the ladder gave both sides. */
export interface Ladder<Found = Wheel> {
  readonly base: Climbed<Found>
  readonly head: Climbed<Found>
}

/**
 * Asks the wheel sources in their order until one has a wheel for both sides. Where none has, each side keeps the
 * first wheel that it was offered: such sides are not comparable.
 */
export async function climb<Commit, Found = Wheel>(
  sources: readonly WheelSource[],
  commits: { readonly base: Commit; readonly head: Commit },
  probe: (source: WheelSource, commit: Commit) => Promise<Probe<Found>>,
): Promise<Ladder<Found>> {
  const start: Climbed<Found> = { wheel: null, attempts: [], buildFailure: null }
  let ladder: Ladder<Found> = { base: start, head: start }
  for (const source of sources) {
    const [base, head] = await Promise.all([probe(source, commits.base), probe(source, commits.head)])
    const complete = base.wheel !== null && head.wheel !== null
    ladder = { base: step(ladder.base, base, complete), head: step(ladder.head, head, complete) }
    if (complete) break
  }
  return ladder
}

function step<Found>(before: Climbed<Found>, probe: Probe<Found>, complete: boolean): Climbed<Found> {
  return {
    wheel: complete ? probe.wheel : (before.wheel ?? probe.wheel),
    attempts: [...before.attempts, ...probe.attempts],
    buildFailure: before.buildFailure ?? probe.buildFailure,
  }
}
