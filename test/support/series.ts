import type { CommitRecord } from '../../plugins/isobench/src/schema/record.ts'
import { commitHash, digestOf } from './artifacts.ts'
import { noisyLevels } from './noisy-series.ts'
import { sampleRecord } from './records.ts'

/** The hash of a commit of the chain below. */
export const chainHash = (place: number): string => commitHash(`chain ${place}`)

/**
 * Records of commits in a row that one test measured on one machine: each is the head of a record and the base of the
 * next, in the same environment. `seconds` are those of the commits, the first of which is a base only.
 */
export function chainRecords(seconds: readonly number[], change: Partial<CommitRecord> = {}): CommitRecord[] {
  const sample = sampleRecord('chain')
  return seconds.slice(1).map((head, index) => {
    const { base, head: headSide } = sample.environment
    return sampleRecord(`chain ${index + 1}`, {
      base_commit: chainHash(index),
      commit_date: new Date(Date.UTC(2024, 0, index + 1)).toISOString().replace('.000', ''),
      base_performance: spread(seconds[index]!),
      head_performance: spread(head),
      environment: {
        ...sample.environment,
        base: { ...base!, lock_sha256: lockOf(index) },
        head: { ...headSide!, lock_sha256: lockOf(index + 1) },
      },
      ...change,
    })
  })
}

/** So many commits at each level of seconds, with noise of half a percent. */
export function steppedSeconds(levels: readonly { count: number; seconds: number }[]): number[] {
  const logs = levels.map(({ count, seconds }) => ({ count, level: Math.log(seconds) }))
  return noisyLevels(8, logs, 0.005).map(Math.exp)
}

const lockOf = (place: number): string => digestOf(`lock ${place}`)

function spread(seconds: number): number[] {
  return [0.999, 1, 1.001].map((factor) => factor * seconds)
}
