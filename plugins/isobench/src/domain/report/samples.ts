import type { Side } from '../../schema/outcome.ts'
import type { ExclusionReason, Run } from '../../schema/run-bundle.ts'
import { type Pair, completePairs, exclusionOf, logRatio } from '../runs.ts'
import type { Member } from './members.ts'

/** One timed process, in the order in which they ran. */
export interface SampleProcess {
  readonly side: Side
  readonly pair: number
  readonly seconds: number
  readonly excluded: ExclusionReason | null
}

/** One pair of processes. */
export interface SamplePair {
  readonly pair: number
  /** The side that ran first */
  readonly first: Side
  readonly baseSeconds: number
  readonly headSeconds: number
  /** ln(head/base): below zero where head took less time */
  readonly logRatio: number
  readonly excluded: ExclusionReason | null
}

/** What was timed of a commit, in the order in which it ran. */
export interface Samples {
  readonly processes: readonly SampleProcess[]
  readonly pairs: readonly SamplePair[]
}

/** The timed processes behind the verdict; none where the commit is unmeasured. */
export function samplesOf({ record, measurement, runs }: Member): Samples {
  if (record.status !== 'measured') return { processes: [], pairs: [] }
  const own = runs.filter((run) => run.plan_sha256 === measurement.plan_sha256)
  const pairs = completePairs(own).filter(({ base, head }) => base.seconds !== null && head.seconds !== null)
  return { processes: pairs.flatMap(inRunOrder), pairs: pairs.map(asPair) }
}

/** The processes of a commit and its controls that did not end well. */
export function failedProcesses({ runs }: Member): Run[] {
  return runs.filter((run) => run.result !== 'ok')
}

function inRunOrder(pair: Pair, position: number): SampleProcess[] {
  const excluded = exclusionOf(pair) ?? null
  return [pair.base, pair.head]
    .toSorted((a, b) => a.index - b.index)
    .map((run) => ({ side: run.side, pair: position, seconds: run.seconds!, excluded }))
}

function asPair(pair: Pair, position: number): SamplePair {
  return {
    pair: position,
    first: pair.base.index < pair.head.index ? 'base' : 'head',
    baseSeconds: pair.base.seconds!,
    headSeconds: pair.head.seconds!,
    logRatio: logRatio(pair),
    excluded: exclusionOf(pair) ?? null,
  }
}
