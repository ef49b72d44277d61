import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { columnsOf } from '../../../plugins/isobench/src/domain/columns.ts'
import { type Configuration, features, frontMatter } from '../../../plugins/isobench/src/domain/card-front-matter.ts'
import { CommitRecord } from '../../../plugins/isobench/src/schema/record.ts'

const configuration = (overrides: Partial<Configuration> = {}): Configuration => ({
  name: 'default',
  row: 'one a commit',
  columns: columnsOf(z.object({ id: z.string(), effect: z.number().nullable() })),
  split: 'test',
  rows: 3,
  files: 'data/test-*.parquet',
  fileBytes: 123,
  arrowBytes: 456,
  ...overrides,
})

test('the front matter is a YAML block that says what the Hub needs', () => {
  const text = frontMatter({ title: 'A "title": with # signs', license: 'mit', configurations: [configuration()] })
  expect(text).toMatchInlineSnapshot(`
    "---
    pretty_name: 'A "title": with # signs'
    license: mit
    tags:
      - benchmark
      - performance
      - software-engineering
      - isobench
    size_categories:
      - n<1K
    configs:
      - config_name: default
        default: true
        data_files:
          - split: test
            path: data/test-*.parquet
    dataset_info:
      - config_name: default
        features:
          - name: id
            dtype: string
          - name: effect
            dtype: float64
        splits:
          - name: test
            num_bytes: 456
            num_examples: 3
        download_size: 123
        dataset_size: 456
    ---
    "
  `)
  expect(parse(text.split('---\n')[1]!)).toMatchObject({ pretty_name: 'A "title": with # signs' })
})

test.each([
  [0, 'n<1K'],
  [999, 'n<1K'],
  [1000, '1K<n<10K'],
  [99_999, '10K<n<100K'],
  [100_000, '100K<n<1M'],
  [1_000_000, 'n>1M'],
])('%i rows are %s', (rows, category) => {
  const text = frontMatter({ title: 't', license: 'mit', configurations: [configuration({ rows })] })
  expect(parse(text.split('---\n')[1]!)).toMatchObject({ size_categories: [category] })
})

test('features are spelled as the Hub spells them', () => {
  const schema = z.object({
    flag: z.boolean(),
    count: z.int(),
    interval: z.tuple([z.number(), z.number()]).nullable(),
    matrix: z.array(z.array(z.string())),
    attempts: z.array(z.object({ tokens: z.int().nullable() })),
    side: z.object({ versions: z.array(z.string()) }).nullable(),
  })
  expect(features(columnsOf(schema))).toEqual([
    { name: 'flag', dtype: 'bool' },
    { name: 'count', dtype: 'int64' },
    { name: 'interval', list: 'float64' },
    { name: 'matrix', list: { list: 'string' } },
    { name: 'attempts', list: [{ name: 'tokens', dtype: 'int64' }] },
    { name: 'side', struct: [{ name: 'versions', list: 'string' }] },
  ])
})

test('the features of the record are its keys', () => {
  expect(features(columnsOf(CommitRecord)).map(({ name }) => name)).toEqual(Object.keys(CommitRecord.shape))
})
