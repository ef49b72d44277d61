import { z } from 'zod'
import { Side } from './outcome.ts'
import { CommitHash, Instant, Sha256 } from './primitives.ts'

/**
 * A row of the configuration `history`: one commit of a series. A series holds what the same test measured on the same
 * machine; the same commit with other dependencies is another point.
 */
export const HistoryRow = z.strictObject({
  instance_id: z
    .string()
    .describe('The commit whose record the point is from; it stands in the configuration `default`'),
  side: Side.describe('The side of that record'),
  series_sha256: Sha256.describe('The same for all points of a series'),
  position: z.int().min(0).describe('Place in the series: bases before their heads, else by date'),
  repository: z.string().describe('Name of the repository in the workspace'),
  commit: CommitHash.describe('The commit that was measured'),
  commit_date: Instant.nullable().describe('Its date; null for a base whose own record is not in the dataset'),
  api: z.string().nullable().describe('The public name that most commits of the series changed'),
  test_sha256: Sha256.describe('Digest of the script, the same for the whole series'),
  fingerprint_sha256: Sha256.describe('Digest of `measurement.fingerprint`, the same for the whole series'),
  lock_sha256: Sha256.describe('Digest of the lock of its environment'),
  sessions: z.int().positive().describe('How many records measured it: as head, and as the base of later commits'),
  processes: z.int().positive().describe('Processes of all these sessions'),
  seconds: z.number().positive().describe('Median process of a session; geometric mean over the sessions'),
  level_seconds: z.number().positive().describe('Median of the points from one change point to the next'),
  change: z
    .number()
    .nullable()
    .describe('At the first point of a new level: 1 − level/earlier level, so 0.14 is 14 % less time; else null'),
  p_value: z.number().nullable().describe('Of the change, by permutations; null where there is none'),
})
export type HistoryRow = z.infer<typeof HistoryRow>
