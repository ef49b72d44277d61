import { type DatasetTable, type Member, parsedMeasurement } from '../domain/dataset-tables.ts'
import { sha256 } from '../domain/digest.ts'
import { historyRows } from '../domain/history-rows.ts'
import { type Observation, observationOf } from '../domain/observation.ts'
import { type Interned, type RecordSummary, interning, summaryOf } from '../domain/record-summary.ts'
import { unlikeMeasurement } from '../domain/record-sections.ts'
import { type ReadRecord, inOrder, readRecord } from '../domain/records.ts'
import { IsobenchError } from '../errors.ts'
import type { CommitRecord } from '../schema/record.ts'

/** A commit whose artifacts are read when they are needed. */
export interface MemberSource {
  readonly instanceId: string
  /** Text of `record.json` */
  readonly record: () => Promise<string>
  /** Text of `measurement.json` and `runs.jsonl` (empty where nothing was run); null where they are not kept */
  readonly measured: () => Promise<Member['measured']>
}

/** A commit after the first reading: what the card needs, and by what it is known again. */
export interface SurveyedMember extends RecordSummary {
  readonly source: MemberSource
  readonly recordSha256: string
  readonly rows: Readonly<Partial<Record<DatasetTable['name'], number>>>
  readonly history: Member['history']
}

interface Observed extends SurveyedMember {
  readonly observation: Observation | null
}

const atOnce = 16
const reportEvery = 1000

/**
 * Reads every commit once, checks it, and keeps little of it, in the order of the dataset.
 * @throws IsobenchError that lists all that cannot be used
 */
export async function survey(
  sources: readonly MemberSource[],
  tables: readonly DatasetTable[],
  log: (message: string) => void,
): Promise<SurveyedMember[]> {
  const intern = interning()
  const read: ReadRecord<Observed>[] = []
  for (let start = 0; start < sources.length; start += atOnce) {
    const some = sources.slice(start, start + atOnce)
    read.push(...(await Promise.all(some.map((source) => surveyOne(source, tables, intern)))))
    if (read.length % reportEvery < atOnce && read.length >= reportEvery)
      log(`${read.length} of ${sources.length} records read`)
  }
  return withHistory(inOrder(read))
}

/** A series goes over many commits, so it is known when all are read. */
function withHistory(members: readonly Observed[]): SurveyedMember[] {
  const rows = historyRows(members.flatMap(({ observation }) => observation ?? []))
  return members.map((member) => {
    const history = rows.get(member.instance_id) ?? []
    const counts = history.length === 0 ? member.rows : { ...member.rows, history: history.length }
    return Object.assign(member, { observation: null, history, rows: counts })
  })
}

async function surveyOne(
  source: MemberSource,
  tables: readonly DatasetTable[],
  intern: Interned,
): Promise<ReadRecord<Observed>> {
  const { instanceId } = source
  const text = await source.record()
  const { record, problem } = readRecord(instanceId, text)
  if (record === undefined) return { instanceId, problem: problem! }
  const measured = await source.measured()
  const mismatch = unlikeRecord(record, measured) ?? otherFigures(record, measured)
  if (mismatch !== null) return { instanceId, problem: mismatch }
  const member = { record, measured, history: [] }
  const counts = tables.map((table) => [table.name, table.rowsOf(member).length])
  const rows = intern(Object.fromEntries(counts) as SurveyedMember['rows'])
  const observation = observationOf(record)
  const kept = observation && { ...observation, apis: intern(observation.apis), series: intern(observation.series) }
  const summary = { ...summaryOf(record, intern), source, recordSha256: sha256(text), rows, history: [] }
  return { instanceId, record: { ...summary, observation: kept } }
}

/** The record says by which bytes it was decided; samples of other bytes would contradict it. */
function unlikeRecord({ provenance }: CommitRecord, measured: Member['measured']): string | null {
  if (measured === null) {
    return provenance.runs_sha256 === null ? null : 'runs.jsonl is missing, and the record was decided by it'
  }
  if (sha256(measured.measurement) !== provenance.measurement_sha256)
    return 'measurement.json is not that of the record'
  const runs = measured.runs === '' ? null : sha256(measured.runs)
  return runs === provenance.runs_sha256 ? null : 'runs.jsonl is not that of the record'
}

function otherFigures(record: CommitRecord, measured: Member['measured']): string | null {
  if (measured === null) return null
  const difference = unlikeMeasurement(record, parsedMeasurement(record.instance_id, measured.measurement))
  return difference === null ? null : `measurement.json does not give \`${difference}\``
}

/** The commit once more. @throws IsobenchError `corrupt-artifact` when it is no longer what was checked */
export async function readAgain({ source, recordSha256, history }: SurveyedMember): Promise<Member> {
  const text = await source.record()
  const measured = await source.measured()
  const record = JSON.parse(text) as CommitRecord
  if (sha256(text) !== recordSha256 || unlikeRecord(record, measured) !== null) {
    throw new IsobenchError('corrupt-artifact', `changed while the dataset was built: ${source.instanceId}`, {
      hint: 'run it again when nothing else writes there',
    })
  }
  return { record, measured, history }
}
