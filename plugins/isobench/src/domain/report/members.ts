import type { z } from 'zod'
import { IsobenchError } from '../../errors.ts'
import { Analysis } from '../../schema/analysis.ts'
import { Measurement } from '../../schema/measurement.ts'
import type { CommitRecord } from '../../schema/record.ts'
import type { Run } from '../../schema/run-bundle.ts'
import { sha256 } from '../digest.ts'
import { unlikeMeasurement } from '../record-sections.ts'
import { inOrder, readRecord } from '../records.ts'
import { parseRuns } from '../runs.ts'

/** The texts of the artifacts of one commit. */
export interface MemberTexts {
  readonly instanceId: string
  /** `record.json` */
  readonly record: string
  /** `analysis.json` */
  readonly analysis: string
  /** `measurement.json` */
  readonly measurement: string
  /** `runs.jsonl`; empty where nothing was run */
  readonly runs: string
}

/** One commit of the report. What the record already holds of the generation and the environment is not read twice. */
export interface Member {
  readonly record: CommitRecord
  readonly analysis: Analysis
  readonly measurement: Measurement
  readonly runs: readonly Run[]
}

const hint = 'run `npx nx reset` and then the target again'

/**
 * Reads the members of a dataset in its order: by commit date, then id. Artifacts that are not the ones the record was
 * made from are refused: a page must not mix two measurements.
 * @throws IsobenchError `corrupt-artifact` or `bad-input` that names the commit
 */
export function readMembers(texts: readonly MemberTexts[]): Member[] {
  const byId = new Map(texts.map((text) => [text.instanceId, text]))
  const records = inOrder(texts.map(({ instanceId, record }) => readRecord(instanceId, record)))
  return records.map((record) => {
    const { analysis, measurement, runs } = byId.get(record.instance_id)!
    const { analysis_sha256, measurement_sha256, runs_sha256 } = record.provenance
    requireDigest(record, 'analysis.json', analysis, analysis_sha256)
    requireDigest(record, 'measurement.json', measurement, measurement_sha256)
    if (runs_sha256 !== null) requireDigest(record, 'runs.jsonl', runs, runs_sha256)
    const measured = parsed(Measurement, record, 'measurement.json', measurement)
    requireFigures(record, measured)
    return {
      record,
      analysis: parsed(Analysis, record, 'analysis.json', analysis),
      measurement: measured,
      runs: runs_sha256 === null ? [] : parseRuns(runs),
    }
  })
}

function requireDigest({ instance_id }: CommitRecord, file: string, text: string, expected: string): void {
  if (sha256(text) === expected) return
  throw new IsobenchError('corrupt-artifact', `${file} is not the one that the record was made from: ${instance_id}`, {
    hint,
  })
}

function requireFigures(record: CommitRecord, measurement: Measurement): void {
  const difference = unlikeMeasurement(record, measurement)
  if (difference === null) return
  const message = `measurement.json does not give \`${difference}\` of the record: ${record.instance_id}`
  throw new IsobenchError('corrupt-artifact', message, { hint })
}

function parsed<Schema extends z.ZodType>(
  schema: Schema,
  { instance_id }: CommitRecord,
  file: string,
  text: string,
): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new IsobenchError('corrupt-artifact', `${file} does not fit its schema: ${instance_id}`, { hint, cause })
  }
}
