import { describe, expect, test } from 'vitest'
import { historyRows } from '../../../plugins/isobench/src/domain/history-rows.ts'
import { type Observation, observationOf } from '../../../plugins/isobench/src/domain/observation.ts'
import { seriesOf } from '../../../plugins/isobench/src/domain/series.ts'
import { HistoryRow } from '../../../plugins/isobench/src/schema/history.ts'
import type { CommitRecord } from '../../../plugins/isobench/src/schema/record.ts'
import { digestOf } from '../../support/artifacts.ts'
import { unmeasuredRecord } from '../../support/records.ts'
import { chainHash, chainRecords, steppedSeconds } from '../../support/series.ts'

const observed = (records: readonly CommitRecord[]): Observation[] =>
  records.flatMap((record) => observationOf(record) ?? [])
const series = (records: readonly CommitRecord[]) => seriesOf(observed(records))
const places = (records: readonly CommitRecord[]) =>
  series(records).map(({ points }) => points.map(({ commit }) => commit))

describe('what makes a series', () => {
  test('commits in a row: each is one point, and its two sessions are one value', () => {
    const [only] = series(chainRecords([0.1, 0.2, 0.4, 0.8]))
    expect(only!.points.map(({ commit, sides }) => [commit, sides.length])).toEqual([
      [chainHash(0), 1],
      [chainHash(1), 2],
      [chainHash(2), 2],
      [chainHash(3), 1],
    ])
    expect(only!.points.map(({ logSeconds }) => Math.exp(logSeconds))).toEqual(
      [0.1, 0.2, 0.4, 0.8].map((seconds) => expect.closeTo(seconds, 10) as number),
    )
    expect(only!.points.map(({ commitDate }) => commitDate)).toEqual([
      null,
      '2024-01-01T00:00:00Z',
      '2024-01-02T00:00:00Z',
      '2024-01-03T00:00:00Z',
    ])
  })

  test('sessions of one commit count once each, by the geometric mean', () => {
    const [first, second] = chainRecords([0.1, 0.2, 0.4])
    const [only] = series([first!, { ...second!, base_performance: [0.8, 0.8, 0.8] }])
    expect(Math.exp(only!.points[1]!.logSeconds)).toBeCloseTo(0.4, 10)
  })

  test.each<[string, (record: CommitRecord) => Partial<CommitRecord>]>([
    ['another test', () => ({ efficiency_test: 'print(1)' })],
    ['another repository', () => ({ repository: 'other' })],
    [
      'another machine',
      ({ measurement }) => ({
        measurement: { ...measurement, fingerprint: { ...measurement.fingerprint!, cores: 3 } },
      }),
    ],
    ['another sandbox', ({ measurement }) => ({ measurement: { ...measurement, sandbox: 'docker:python' } })],
    ['another protocol', ({ measurement }) => ({ measurement: { ...measurement, protocol: 'other/1' } })],
  ])('%s is another series', (_, change) => {
    const records = chainRecords([0.1, 0.1, 0.1, 0.1, 0.1])
    const mixed = records.map((record, index) => (index >= 2 ? { ...record, ...change(record) } : record))
    expect(places(records)).toEqual([[0, 1, 2, 3, 4].map(chainHash)])
    const apart = places(mixed).toSorted((a, b) => (a[0] === chainHash(0) ? -1 : b[0] === chainHash(0) ? 1 : 0))
    expect(apart).toEqual([[0, 1, 2].map(chainHash), [2, 3, 4].map(chainHash)])
  })

  test('one record alone is none, and neither is what was not measured', () => {
    expect(series(chainRecords([0.1, 0.2]))).toEqual([])
    const lost = unmeasuredRecord('lost', { stage: 'run-gpu', reason: 'timed-out' })
    expect(observationOf(lost)).toBeNull()
    expect(series([lost])).toEqual([])
  })

  test('a commit with other dependencies is another point, after its own session', () => {
    const [first, second] = chainRecords([0.1, 0.1, 0.1])
    const environment = { ...second!.environment, base: { ...second!.environment.base!, lock_sha256: digestOf('new') } }
    expect(places([first!, { ...second!, environment }])).toEqual([[0, 1, 1, 2].map(chainHash)])
  })

  test('bases stand before their heads even where dates do not, and the order of records does not matter', () => {
    const records = chainRecords([0.1, 0.1, 0.1, 0.1, 0.1])
    const odd = records.with(1, { ...records[1]!, commit_date: '2030-01-01T00:00:00Z' })
    expect(places(odd)).toEqual([[0, 1, 2, 3, 4].map(chainHash)])
    expect(seriesOf(observed(odd).toReversed())).toEqual(series(odd))
  })

  test('commits that claim to be each other’s base end too', () => {
    const [first, second] = chainRecords([0.1, 0.1, 0.1])
    const { environment } = second!
    const circle = {
      ...first!,
      base_commit: second!.head_commit,
      environment: { ...environment, base: environment.head, head: environment.base },
    }
    expect(places([circle, second!])[0]).toHaveLength(2)
  })
})

describe('levels', () => {
  const records = chainRecords(
    steppedSeconds([
      { count: 15, seconds: 0.1 },
      { count: 15, seconds: 0.094 },
      { count: 15, seconds: 0.12 },
    ]),
  )

  test('a change stands at the first commit of the new level, and is positive where it became faster', () => {
    const changes = series(records)[0]!.points.filter(({ change }) => change !== null)
    expect(changes.map(({ commit }) => commit)).toEqual([15, 30].map(chainHash))
    expect(changes[0]!.change!.improvement).toBeCloseTo(0.06, 2)
    expect(changes[1]!.change!.improvement).toBeCloseTo(-0.277, 1)
    expect(changes.every(({ change }) => change!.probability <= 0.01)).toBe(true)
  })

  test('less than 1 % is no other level, however sure it is', () => {
    const quiet = [0.1, 0.1005].flatMap((seconds) => Array.from({ length: 20 }, (_, n) => seconds * (1 + n * 1e-6)))
    expect(series(chainRecords(quiet))[0]!.points.filter(({ change }) => change !== null)).toEqual([])
    const more = quiet.map((seconds, index) => (index < 20 ? seconds : seconds * 1.02))
    expect(series(chainRecords(more))[0]!.points.filter(({ change }) => change !== null)).toHaveLength(1)
  })

  test('the rows of the dataset say the same, each with the commit whose record it is from', () => {
    const rows = historyRows(observed(records))
    const all = [...rows.values()].flat().map((row) => HistoryRow.parse(row))
    expect(all.map(({ position }) => position)).toEqual(Array.from({ length: 45 }, (_, index) => index))
    expect(rows.get(records[0]!.instance_id)!.map(({ side, commit }) => [side, commit])).toEqual([
      ['base', chainHash(0)],
      ['head', chainHash(1)],
    ])
    expect(all.filter(({ change }) => change !== null).map(({ position }) => position)).toEqual([15, 30])
    expect(new Set(all.map(({ level_seconds: seconds }) => seconds)).size).toBe(3)
    expect(all[16]).toMatchObject({ api: records[0]!.affected_apis[0], sessions: 2, processes: 6 })
  })
})
