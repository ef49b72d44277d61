import { createHash } from 'node:crypto'

/** Where row groups end: by content, so that a new row moves no boundary but its own. */
export interface CutRule {
  /** A group ends after about one row in `modulus`. */
  readonly modulus: number
  readonly minimumRows: number
  readonly maximumRows: number
}

const standardCut: CutRule = { modulus: 80, minimumRows: 20, maximumRows: 400 }

/** Where files end: after about 130 commits, so that an edited one sends half a megabyte. */
export const shardCut: CutRule = { modulus: 112, minimumRows: 32, maximumRows: 256 }

/**
 * Cuts rows, in their order, into row groups of about 100. A group ends where the digest of the row's id says so and not
 * after a fixed count, so that rows inserted near the top leave the bytes of later groups as they were and a push sends
 * little.
 */
export function* rowGroups<Row extends { instance_id: string }>(
  rows: Iterable<Row>,
  cut: CutRule = standardCut,
): Generator<Row[]> {
  let group: Row[] = []
  for (const row of rows) {
    group.push(row)
    const full = group.length >= cut.maximumRows
    if (full || (group.length >= cut.minimumRows && digestNumber(row.instance_id) % cut.modulus === 0)) {
      yield group
      group = []
    }
  }
  if (group.length > 0) yield group
}

function digestNumber(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0)
}
