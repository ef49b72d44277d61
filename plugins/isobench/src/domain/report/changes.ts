import { z } from 'zod'
import { IsobenchError } from '../../errors.ts'
import { Verdict } from '../../schema/measurement.ts'
import type { CommitRecord } from '../../schema/record.ts'

/** What is read of a record of an earlier build: enough to say what became of it, in any version of the table. */
const EarlierRecord = z.object({
  instance_id: z.string(),
  verdict: Verdict,
  performance_improvement: z.number().nullable(),
})
export type EarlierRecord = z.infer<typeof EarlierRecord>

/** What differs between an earlier build of a dataset and this one. */
export interface Changes {
  readonly added: readonly CommitRecord[]
  readonly removed: readonly EarlierRecord[]
  readonly changed: readonly { readonly before: EarlierRecord; readonly now: CommitRecord }[]
}

/**
 * The lines of an earlier `records.jsonl`.
 * @throws IsobenchError `bad-input` that names the line
 */
export function parseEarlier(text: string, file: string): EarlierRecord[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line, index) => {
    try {
      return EarlierRecord.parse(JSON.parse(line))
    } catch (cause) {
      throw new IsobenchError('bad-input', `not a record: ${file}:${index + 1}`, {
        hint: 'put the `records.jsonl` of an earlier build there, or remove the file',
        cause,
      })
    }
  })
}

/** Which commits came, went, or have another verdict now. */
export function changesSince(earlier: readonly EarlierRecord[], records: readonly CommitRecord[]): Changes {
  const before = new Map(earlier.map((record) => [record.instance_id, record]))
  const now = new Set(records.map(({ instance_id }) => instance_id))
  return {
    added: records.filter(({ instance_id }) => !before.has(instance_id)),
    removed: earlier.filter(({ instance_id }) => !now.has(instance_id)),
    changed: records.flatMap((record) => {
      const old = before.get(record.instance_id)
      return old === undefined || old.verdict === record.verdict ? [] : [{ before: old, now: record }]
    }),
  }
}
