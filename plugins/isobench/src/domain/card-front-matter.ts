import { stringify } from 'yaml'
import type { Column, ColumnType } from './columns.ts'

/** One configuration of the dataset, as the Hub's viewer and `load_dataset` see it. */
export interface Configuration {
  readonly name: string
  /** What a row is */
  readonly row: string
  readonly columns: readonly Column[]
  readonly split: string
  readonly rows: number
  /** Pattern of the Parquet files, relative to the repository. */
  readonly files: string
  readonly fileBytes: number
  /** Size of the rows in memory, in Arrow. */
  readonly arrowBytes: number
}

/** A feature as the Hub spells it. */
export type Feature =
  | { readonly dtype: string }
  | { readonly list: string | readonly NamedFeature[] | Feature }
  | { readonly struct: readonly NamedFeature[] }
export type NamedFeature = { readonly name: string } & Feature

/** What the YAML block of a card says, made from the same columns that Parquet was written with. */
export function frontMatter(card: {
  title: string
  license: string
  configurations: readonly Configuration[]
}): string {
  const [first] = card.configurations
  const block = {
    pretty_name: card.title,
    license: card.license,
    tags: ['benchmark', 'performance', 'software-engineering', 'isobench'],
    size_categories: [sizeCategory(first?.rows ?? 0)],
    configs: card.configurations.map(({ name, split, files }) => ({
      config_name: name,
      ...(name === 'default' ? { default: true } : {}),
      data_files: [{ split, path: files }],
    })),
    dataset_info: card.configurations.map(({ name, columns, split, rows, fileBytes, arrowBytes }) => ({
      config_name: name,
      features: features(columns),
      splits: [{ name: split, num_bytes: arrowBytes, num_examples: rows }],
      download_size: fileBytes,
      dataset_size: arrowBytes,
    })),
  }
  return `---\n${stringify(block, { lineWidth: 0 })}---\n`
}

/** The features of a table in the card's spelling. */
export function features(columns: readonly Column[]): NamedFeature[] {
  return columns.map(({ name, type }) => ({ name, ...feature(type) }))
}

const dtypes = { text: 'string', integer: 'int64', float: 'float64', boolean: 'bool' } as const

function feature(type: ColumnType): Feature {
  if (type.kind === 'struct') return { struct: features(type.fields) }
  if (type.kind !== 'list') return { dtype: dtypes[type.kind] }
  const { element } = type
  if (element.kind === 'struct') return { list: features(element.fields) }
  return { list: element.kind === 'list' ? feature(element) : dtypes[element.kind] }
}

function sizeCategory(rows: number): string {
  const limits = [
    [1e3, 'n<1K'],
    [1e4, '1K<n<10K'],
    [1e5, '10K<n<100K'],
    [1e6, '100K<n<1M'],
  ] as const
  return limits.find(([limit]) => rows < limit)?.[1] ?? 'n>1M'
}
