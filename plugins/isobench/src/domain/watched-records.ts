import type { CommitRecord } from '../schema/record.ts'
import { inOrder, readRecord } from './records.ts'

/** The records of a dataset as far as they are there. */
export interface WatchedRecords {
  readonly records: readonly CommitRecord[]
  /** Names of the commits that have none */
  readonly notRun: readonly string[]
}

/**
 * Puts the records that are there into the order of the dataset.
 * @throws IsobenchError that lists every record that cannot be used
 */
export function watchedRecords(
  members: readonly { readonly name: string; readonly text: string | undefined }[],
): WatchedRecords {
  const there = members.flatMap(({ name, text }) => (text === undefined ? [] : [readRecord(name, text)]))
  return {
    records: inOrder(there),
    notRun: members.filter(({ text }) => text === undefined).map(({ name }) => name),
  }
}
