import { canonicalJson } from '../../plugins/isobench/src/domain/canonical-json.ts'
import { measurementSection } from '../../plugins/isobench/src/domain/record-sections.ts'
import type { Measurement } from '../../plugins/isobench/src/schema/measurement.ts'
import type { CommitRecord } from '../../plugins/isobench/src/schema/record.ts'
import type { Run } from '../../plugins/isobench/src/schema/run-bundle.ts'
import { type DatasetFile, assembleDataset } from '../../plugins/isobench/src/stages/assemble-dataset.ts'
import type { MemberSource } from '../../plugins/isobench/src/stages/dataset-members.ts'
import { digestOf, sampleMeasurement } from './artifacts.ts'

/** A commit as the dataset reads it, and its record with the digests of what it was decided by. */
export interface SampleMember {
  readonly record: CommitRecord
  readonly source: MemberSource
}

/** A commit with this record and these runs; without runs nothing was measured. */
export function sampleMember(
  given: CommitRecord,
  runs: readonly Run[] = [],
  measurement: Partial<Measurement> = {},
): SampleMember {
  const text = runs.map((run) => `${JSON.stringify(run)}\n`).join('')
  const whole = sampleMeasurement(measurement)
  const measured = text === '' ? null : { runs: text, measurement: canonicalJson(whole) }
  const provenance = {
    ...given.provenance,
    runs_sha256: measured === null ? null : digestOf(measured.runs),
    measurement_sha256: measured === null ? given.provenance.measurement_sha256 : digestOf(measured.measurement),
  }
  const said = measured === null ? given.measurement : measurementSection(whole)
  const record = { ...given, measurement: said, provenance }
  return { record, source: sourceOf(record.instance_id, canonicalJson(record), measured) }
}

/** A commit whose artifacts have these texts. */
export function sourceOf(
  instanceId: string,
  text: string,
  measured: Awaited<ReturnType<MemberSource['measured']>> = null,
): MemberSource {
  return { instanceId, record: async () => text, measured: async () => measured }
}

/** Every file of the dataset by its path. */
export async function assembled(
  input: Parameters<typeof assembleDataset>[0],
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  for await (const { path, content } of assembleDataset(input, { log: () => undefined })) {
    files.set(path, await bytesOf(content))
  }
  return files
}

async function bytesOf(content: DatasetFile['content']): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(content instanceof Uint8Array ? content : Buffer.concat(await Array.fromAsync(content)))
}
