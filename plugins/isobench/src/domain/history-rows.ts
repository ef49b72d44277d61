import type { HistoryRow } from '../schema/history.ts'
import type { Observation } from './observation.ts'
import { type Series, seriesOf } from './series.ts'

/** The rows of the configuration `history` by the commit whose record each is from. */
export function historyRows(observations: readonly Observation[]): Map<string, HistoryRow[]> {
  return Map.groupBy(seriesOf(observations).flatMap(rowsOf), ({ instance_id }) => instance_id)
}

function rowsOf({ key, api, points }: Series): HistoryRow[] {
  return points.map((point, position) => ({
    instance_id: point.instanceId,
    side: point.side,
    series_sha256: key.sha256,
    position,
    repository: key.repository,
    commit: point.commit,
    commit_date: point.commitDate,
    api,
    test_sha256: key.testSha256,
    fingerprint_sha256: key.fingerprintSha256,
    lock_sha256: point.lockSha256,
    sessions: point.sides.length,
    processes: point.sides.reduce((sum, { processes }) => sum + processes, 0),
    seconds: Math.exp(point.logSeconds),
    level_seconds: Math.exp(point.logLevel),
    change: point.change?.improvement ?? null,
    p_value: point.change?.probability ?? null,
  }))
}
