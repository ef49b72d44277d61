import { describe, expect, test } from 'vitest'
import { readBound } from '../../../../plugins/isobench/src/domain/mining/range.ts'

describe('a bound', () => {
  test.each([
    ['since', undefined, { kind: 'last' }],
    ['until', undefined, { kind: 'none' }],
    ['since', 'all', { kind: 'none' }],
    ['until', 'all', { kind: 'revision', name: 'all' }],
    ['since', '2024-02-29', { kind: 'date', instant: '2024-02-29T00:00:00Z' }],
    ['until', '2024-02-29', { kind: 'date', instant: '2024-02-29T23:59:59Z' }],
    ['until', '2024-02-29T10:00:00Z', { kind: 'date', instant: '2024-02-29T10:00:00Z' }],
    ['since', 12_345_678, { kind: 'revision', name: '12345678' }],
    ['since', 'v1.0', { kind: 'revision', name: 'v1.0' }],
  ] as const)('%s %s', (option, value, bound) => {
    expect(readBound(option, value)).toEqual(bound)
  })

  test.each(['2023-02-29', '2024-13-01', '2024-01-01T25:00:00Z'])('is no day: %s', (value) => {
    expect(() => readBound('since', value)).toThrow(`no such day at \`--since\`: ${value}`)
  })
})
