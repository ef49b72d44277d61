import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Tree } from '@nx/devkit'
import { sha256 } from '../../adapters/files.ts'
import {
  ComparedRow,
  type DatasetComparison,
  compareRows,
  comparisonMarkdown,
} from '../../domain/dataset-comparison.ts'
import { parquetRows } from '../../domain/parquet-rows.ts'
import { IsobenchError } from '../../errors.ts'
import { type DatasetCopy, folderCopy, hubCopy } from '../dataset-copy.ts'
import { type Log, generator } from './generator.ts'

export interface CompareDatasetsOptions {
  /** Folder of a build, relative to the workspace, or `owner/name@revision` of the Hub */
  readonly before: string
  readonly after: string
  /** File for the Markdown, relative to the workspace; without it it is printed */
  readonly output?: string
  /** Whether rows that went, verdicts that flipped and effects that moved make it fail */
  readonly fail?: boolean
}

/**
 * Says in Markdown what differs between two versions of a dataset, and what may explain it.
 * @throws IsobenchError `bad-input` with `fail`, after everything is said
 */
export async function compareTwoDatasets(tree: Tree, options: CompareDatasetsOptions, log: Log): Promise<void> {
  const [before, after] = await Promise.all([options.before, options.after].map((name) => copyOf(tree.root, name)))
  const comparison = compareRows(await rowsOf(before!), await rowsOf(after!))
  const text = comparisonMarkdown({ before: before!.name, after: after!.name }, comparison)
  if (options.output === undefined) log(text)
  else tree.write(options.output, text)
  if (options.fail === true && isWorse(comparison)) {
    if (options.output !== undefined) log(text)
    throw new IsobenchError('bad-input', 'the later version has other results than the earlier one', {
      hint: 'rows that were removed, verdicts that flipped and effects that moved stand above',
    })
  }
}

export const compareDatasets = generator(compareTwoDatasets)

function isWorse({ removed, flipped, moved }: DatasetComparison): boolean {
  return removed.length + flipped.length + moved.length > 0
}

async function copyOf(root: string, name: string): Promise<DatasetCopy> {
  const folder = join(root, name)
  const [, repository, revision] = /^([\w.-]+\/[\w.-]+)@(.+)$/.exec(name) ?? []
  if (existsSync(folder) || repository === undefined) return folderCopy(folder, name)
  return hubCopy(repository, revision!)
}

/** The rows of the configuration `default`, whose files are compared with the manifest. */
async function rowsOf({ name, manifest, open }: DatasetCopy): Promise<ComparedRow[]> {
  const rows: ComparedRow[] = []
  for (const file of manifest.files.filter(({ path }) => path.startsWith('data/'))) {
    const bytes = Buffer.concat(await Array.fromAsync(await open(file.path)))
    if (sha256(bytes) !== file.sha256) {
      throw new IsobenchError('corrupt-artifact', `not as its manifest says: ${name} ${file.path}`, {
        hint: 'build or download it again',
      })
    }
    const found = await parquetRows(bytes, Object.keys(ComparedRow.shape))
    rows.push(...found.map((row) => parsedRow(row, name)))
  }
  return rows
}

function parsedRow(row: unknown, name: string): ComparedRow {
  const parsed = ComparedRow.safeParse(withNumbers(row))
  if (parsed.success) return parsed.data
  throw new IsobenchError('corrupt-artifact', `a row that cannot be read: ${name}`, { cause: parsed.error })
}

/** Whole numbers come as `bigint` from Parquet. */
function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(withNumbers)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNumbers(inner)]))
}
