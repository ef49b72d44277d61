import type { CommitRecord } from '../schema/record.ts'
import { benjaminiHochberg } from './multiplicity.ts'

/** At most this share of the verdicts that hold across the dataset is expected to be false. */
export const falseDiscoveryRate = 0.05

/** The p values of all measured commits of a dataset by their id, adjusted for each other (Benjamini and Hochberg). */
export function adjustedProbabilities(
  records: readonly Pick<CommitRecord, 'instance_id' | 'p_value'>[],
): Map<string, number> {
  const tested = records.flatMap(({ instance_id: id, p_value: p }) => (p === null ? [] : [{ id, p }]))
  const adjusted = benjaminiHochberg(tested.map(({ p }) => p))
  return new Map(tested.map(({ id }, index) => [id, adjusted[index]!]))
}
