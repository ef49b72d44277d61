import { AttemptRow, SampleRow } from '../schema/dataset-rows.ts'
import { HistoryRow } from '../schema/history.ts'
import { Measurement } from '../schema/measurement.ts'
import { CommitRecord } from '../schema/record.ts'
import { GsoRow, SeedRow, SwePerfRow, View } from '../schema/view-rows.ts'
import { IsobenchError } from '../errors.ts'
import { type Column, columnsOf } from './columns.ts'
import { gsoRows, seedRows, swePerfRows } from './dataset-views.ts'
import { parseRuns } from './runs.ts'

/** A commit of a dataset, with what was kept of its processes. */
export interface Member {
  readonly record: CommitRecord
  /** Text of `measurement.json` and `runs.jsonl` (empty where nothing was run); null where they are not kept */
  readonly measured: { readonly measurement: string; readonly runs: string } | null
  /** Its points of the series that it shares with other commits */
  readonly history: readonly HistoryRow[]
}

/** A configuration of the dataset: a table, and its rows for one commit. */
export interface DatasetTable {
  readonly name: 'default' | 'samples' | 'attempts' | 'history' | View
  /** Folder of its Parquet files */
  readonly folder: string
  /** What a row is, for the card */
  readonly row: string
  /** What its rows are, e.g. `record/1` */
  readonly kind: string
  readonly columns: readonly Column[]
  readonly rowsOf: (member: Member) => readonly Readonly<Record<string, unknown>>[]
}

/** The tables that every dataset has, the one that is loaded without a name first. */
const ownTables: readonly DatasetTable[] = [
  {
    name: 'default',
    folder: 'data',
    row: 'one a commit',
    kind: 'record/1',
    columns: columnsOf(CommitRecord),
    rowsOf: ({ record }) => [record],
  },
  {
    name: 'samples',
    folder: 'samples',
    row: 'one a timed process; burn-ins and controls are marked as such',
    kind: 'sample/1',
    columns: columnsOf(SampleRow),
    rowsOf: sampleRows,
  },
  {
    name: 'attempts',
    folder: 'attempts',
    row: 'one a model call',
    kind: 'attempt/1',
    columns: columnsOf(AttemptRow),
    rowsOf: attemptRows,
  },
  {
    name: 'history',
    folder: 'history',
    row: 'one a commit of a series that the same test measured on the same machine, with the changes of its level',
    kind: 'history/1',
    columns: columnsOf(HistoryRow),
    rowsOf: ({ history }) => history,
  },
]

const views: Readonly<Record<View, DatasetTable>> = {
  seed: {
    name: 'seed',
    folder: 'views/seed',
    row: 'one a measured commit, with the keys that the ancestor of this tool documents',
    kind: 'seed/1',
    columns: columnsOf(SeedRow),
    rowsOf: ({ record }) => seedRows(record),
  },
  'swe-perf': {
    name: 'swe-perf',
    folder: 'views/swe-perf',
    row: 'one a commit with the verdict `improved`, with the columns of SWE-Perf',
    kind: 'swe-perf/1',
    columns: columnsOf(SwePerfRow),
    rowsOf: ({ record }) => swePerfRows(record),
  },
  gso: {
    name: 'gso',
    folder: 'views/gso',
    row: 'one a commit with the verdict `improved`, with the columns of GSO',
    kind: 'gso/1',
    columns: columnsOf(GsoRow),
    rowsOf: ({ record }) => gsoRows(record),
  },
}

/** The tables of a dataset with these views. */
export function tablesOf(wanted: readonly View[]): readonly DatasetTable[] {
  return [...ownTables, ...View.options.filter((name) => wanted.includes(name)).map((name) => views[name])]
}

/** One row a timed process. Runs of a plan that the measurement does not name are of another session and left out. */
export function sampleRows({ record, measured }: Member): SampleRow[] {
  if (measured === null) return []
  const { plan_sha256, controls } = parsedMeasurement(record.instance_id, measured.measurement)
  const comparisons = new Map<string, SampleRow['comparison']>([
    ...controls.map((control) => [control.plan_sha256, control.kind] as const),
    ...(plan_sha256 === null ? [] : [[plan_sha256, 'commit'] as const]),
  ])
  return parseRuns(measured.runs).flatMap((run) => {
    const comparison = comparisons.get(run.plan_sha256)
    if (comparison === undefined || run.purpose === 'coverage') return []
    const metrics = Object.entries(run.metrics).map(([name, { value, better }]) => ({ name, value, better }))
    return {
      instance_id: record.instance_id,
      comparison,
      plan_sha256: run.plan_sha256,
      index: run.index,
      purpose: run.purpose,
      pair: run.pair,
      side: run.side,
      started_at: run.started_at,
      result: run.result,
      excluded: run.excluded ?? null,
      seconds: run.seconds,
      iterations_seconds: run.iterations_seconds,
      warmup_iterations: run.warmup_iterations,
      wall_seconds: run.wall_seconds,
      device_seconds: run.device_seconds,
      peak_memory_bytes: run.peak_memory_bytes,
      peak_device_memory_bytes: run.peak_device_memory_bytes,
      metrics: metrics.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      digest_sha256: run.digest?.sha256 ?? null,
      probe_seconds: run.probe_seconds,
    }
  })
}

/** One row a model call. */
export function attemptRows({ record: { instance_id, generation_config } }: Member): AttemptRow[] {
  const { provider, model, attempts } = generation_config
  return attempts.map((attempt, index) => Object.assign({ instance_id, attempt: index + 1, provider, model }, attempt))
}

/** @throws IsobenchError `corrupt-artifact` for a text that is none */
export function parsedMeasurement(instanceId: string, text: string): Measurement {
  try {
    return Measurement.parse(JSON.parse(text))
  } catch (cause) {
    throw new IsobenchError('corrupt-artifact', `${instanceId}: measurement.json does not fit its schema`, { cause })
  }
}
