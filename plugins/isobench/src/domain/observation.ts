import type { CommitRecord } from '../schema/record.ts'
import { canonicalJsonLine } from './canonical-json.ts'
import { sha256 } from './digest.ts'
import { median } from './hodges-lehmann.ts'

/** One side of a record, as a series needs it. */
export interface ObservedSide {
  readonly commit: string
  readonly lockSha256: string
  readonly processes: number
  /** ln of the median process, in seconds */
  readonly logSeconds: number
}

/** What a measured record adds to the series of its test. */
export interface Observation {
  readonly instanceId: string
  readonly commitDate: string
  readonly apis: readonly string[]
  readonly series: SeriesKey
  readonly base: ObservedSide
  readonly head: ObservedSide
}

/** What all points of a series have in common; times with anything else of this are of another series. */
export interface SeriesKey {
  readonly sha256: string
  readonly repository: string
  readonly testSha256: string
  readonly fingerprintSha256: string
}

/** What a record adds to a series; null where nothing was measured. */
export function observationOf(record: CommitRecord): Observation | null {
  const { measurement, environment, efficiency_test: test, base_commit: baseCommit } = record
  const { fingerprint, sandbox, protocol } = measurement
  if (record.status !== 'measured' || test === null || baseCommit === null || fingerprint === null) return null
  if (environment.base === null || environment.head === null) return null
  const common = {
    repository: record.repository,
    testSha256: sha256(test),
    fingerprintSha256: sha256(canonicalJsonLine(fingerprint)),
  }
  return {
    instanceId: record.instance_id,
    commitDate: record.commit_date,
    apis: record.affected_apis,
    series: { sha256: sha256(canonicalJsonLine({ ...common, sandbox, protocol })), ...common },
    base: observedSide(baseCommit, environment.base, record.base_performance),
    head: observedSide(record.head_commit, environment.head, record.head_performance),
  }
}

function observedSide(
  commit: string,
  { lock_sha256: lockSha256 }: { readonly lock_sha256: string },
  seconds: readonly number[],
): ObservedSide {
  return { commit, lockSha256, processes: seconds.length, logSeconds: Math.log(median(seconds)) }
}
