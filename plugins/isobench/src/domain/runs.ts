import { IsobenchError } from '../errors.ts'
import type { Side } from '../schema/outcome.ts'
import { type ExclusionReason, Run } from '../schema/run-bundle.ts'

/** Two processes, one a side, that were run one after the other. */
export interface Pair {
  readonly base: Run
  readonly head: Run
}

/**
 * The lines of a `runs.jsonl`.
 * @throws IsobenchError `corrupt-artifact` that names the line
 */
export function parseRuns(text: string): Run[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, index) => {
      try {
        return Run.parse(JSON.parse(line))
      } catch (cause) {
        throw new IsobenchError('corrupt-artifact', `not a run: runs.jsonl:${index + 1}`, { cause })
      }
    })
}

/**
 * The pairs in order, as far as both sides are there. A pair that was cut short was measured again, so of a repeated
 * run the last counts.
 */
export function completePairs(runs: readonly Run[]): Pair[] {
  const sides = new Map(runs.filter(isOfPair).map((run) => [`${run.pair} ${run.side}`, run]))
  const pairs: Pair[] = []
  for (;;) {
    const [base, head] = [sides.get(`${pairs.length} base`), sides.get(`${pairs.length} head`)]
    if (base === undefined || head === undefined) return pairs
    pairs.push({ base, head })
  }
}

/** Why a pair does not count: the reason of its first process that has one. Undefined for one that counts. */
export function exclusionOf({ base, head }: Pair): ExclusionReason | undefined {
  const [first, second] = base.index < head.index ? [base, head] : [head, base]
  return first.excluded ?? second.excluded
}

export function countedPairs(pairs: readonly Pair[]): Pair[] {
  return pairs.filter((pair) => exclusionOf(pair) === undefined)
}

/** How many pairs each reason left out, by name of the reason. */
export function exclusionsOf(pairs: readonly Pair[]): { reason: ExclusionReason; pairs: number }[] {
  const reasons = pairs.flatMap((pair) => exclusionOf(pair) ?? [])
  return [...new Set(reasons)]
    .toSorted()
    .map((reason) => ({ reason, pairs: reasons.filter((each) => each === reason).length }))
}

/** ln(head/base) of a pair: below zero where head took less time. */
export function logRatio({ base, head }: Pair): number {
  return Math.log(head.seconds! / base.seconds!)
}

/** |ln ratio| of each two processes of one side that ran next to each other: the noise that no commit caused. */
export function neighbourRatios(pairs: readonly Pair[]): number[] {
  const counted = pairs.flatMap(({ base, head }) => [base, head]).toSorted((a, b) => a.index - b.index)
  return counted.flatMap((run, position) => {
    const next = counted[position + 1]
    if (next === undefined || next.index !== run.index + 1 || next.side !== run.side) return []
    return [Math.abs(Math.log(next.seconds! / run.seconds!))]
  })
}

/** Whether two digests stand for the same output: equal but for floating-point numbers within their tolerance. */
export function sameDigest(one: Run['digest'], other: Run['digest']): boolean {
  if (one === null || other === null) return one === other
  if (one.sha256 !== other.sha256 || one.numbers.length !== other.numbers.length) return false
  return one.numbers.every(([value, tolerance], index) => {
    const [otherValue, otherTolerance] = other.numbers[index]!
    return Math.abs(value - otherValue) <= Math.max(tolerance, otherTolerance)
  })
}

/** The changed functions that ran on a side, or null when no coverage run of it ended well. */
export function reachedOn(side: Side, runs: readonly Run[]): string[] | null {
  return runs.findLast((run) => run.purpose === 'coverage' && run.side === side)?.reached ?? null
}

/** The highest peak of the processes of a side, or null where none was read. */
export function peakMemory(side: Side, runs: readonly Run[]): number | null {
  const peaks = runs.filter((run) => run.side === side).flatMap((run) => run.peak_memory_bytes ?? [])
  return peaks.length === 0 ? null : Math.max(...peaks)
}

function isOfPair(run: Run): boolean {
  return run.purpose === 'pair'
}
