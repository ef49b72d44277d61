import { createHash } from 'node:crypto'
import { parquetRowCount, parquetRows } from '../domain/parquet-rows.ts'
import type { Manifest } from '../schema/dataset.ts'

/** A copy of a dataset: a local build, or a revision on the Hub. */
export interface VerifyInput {
  readonly manifest: Manifest
  /** Paths of all its files */
  readonly paths: readonly string[]
}

export interface VerifyEffects {
  readonly open: (path: string) => Promise<AsyncIterable<Uint8Array>>
  readonly log: (message: string) => void
}

/** What was checked, and what is wrong: a line each. */
export interface Verification {
  readonly files: number
  readonly rows: number
  readonly problems: readonly string[]
}

/**
 * Reads every file that the manifest names and compares size, SHA-256 and rows, then the ids of all rows with the list
 * of members. A Parquet file beside those named is a problem too: a pattern such as `data/test-*` would load it.
 */
export async function verify({ manifest, paths }: VerifyInput, { open, log }: VerifyEffects): Promise<Verification> {
  const there = new Set(paths)
  const named = new Set(manifest.files.map(({ path }) => path))
  const problems = paths
    .filter((path) => path.endsWith('.parquet') && !named.has(path))
    .map((path) => `not named by the manifest: ${path}`)
  const members: string[] = []
  let rows = 0
  for (const [index, expected] of manifest.files.entries()) {
    if (!there.has(expected.path)) {
      problems.push(`missing: ${expected.path}`)
      continue
    }
    const found = await read(await open(expected.path), expected.path)
    problems.push(...differences(expected, found))
    members.push(...found.members)
    rows += found.rows ?? 0
    log(`${index + 1} of ${manifest.files.length}: ${expected.path}`)
  }
  if (problems.length === 0 && members.join('\n') !== manifest.members.join('\n')) {
    problems.push(`the rows are not the members of the manifest: ${members.length} and ${manifest.members.length}`)
  }
  return { files: manifest.files.length, rows, problems }
}

interface Found {
  readonly sha256: string
  readonly size: number
  readonly rows: number | null
  readonly members: readonly string[]
}

async function read(chunks: AsyncIterable<Uint8Array>, path: string): Promise<Found> {
  const hash = createHash('sha256')
  const kept: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    hash.update(chunk)
    size += chunk.byteLength
    if (path.endsWith('.parquet')) kept.push(chunk)
  }
  return { sha256: hash.digest('hex'), size, ...(await contents(path, Buffer.concat(kept))) }
}

/** Rows of a Parquet file, and the ids of those that are the commits. */
async function contents(path: string, bytes: Uint8Array): Promise<Pick<Found, 'rows' | 'members'>> {
  if (bytes.byteLength === 0) return { rows: null, members: [] }
  try {
    const rows = path.startsWith('data/') ? await parquetRows(bytes, ['instance_id']) : []
    return { rows: parquetRowCount(bytes), members: rows.map(({ instance_id }) => String(instance_id)) }
  } catch {
    return { rows: null, members: [] } // no Parquet: its digest tells already
  }
}

function differences({ path, sha256, size_bytes, rows }: Manifest['files'][number], found: Found): string[] {
  return [
    ...(found.size === size_bytes ? [] : [`${path}: ${found.size} bytes, and the manifest says ${size_bytes}`]),
    ...(found.sha256 === sha256 ? [] : [`${path}: SHA-256 is ${found.sha256}, and the manifest says ${sha256}`]),
    ...(found.rows === rows ? [] : [`${path}: ${found.rows} rows, and the manifest says ${rows}`]),
  ]
}
