import { expect, test } from 'vitest'
import * as format from '../../../../plugins/isobench/src/domain/report/format.ts'

test('shares have a sign, and two decimals below 1 %', () => {
  const shares = [0.14, -0.14, 0.001234, -0.00001, 0, -4.491, 0.99949, 0.00996]
  expect(shares.map(format.signedShare)).toMatchInlineSnapshot(`
    [
      "+14.0 %",
      "−14.0 %",
      "+0.12 %",
      "0.00 %",
      "0 %",
      "−449.1 %",
      "+99.9 %",
      "+1.0 %",
    ]
  `)
  expect([0.14, -0.5, 0.0025, 0].map(format.tickShare)).toMatchInlineSnapshot(`
    [
      "+14 %",
      "−50 %",
      "+0.25 %",
      "0 %",
    ]
  `)
})

test('p values have two significant digits', () => {
  expect([0.0078125, 0.5, 1, 0, 0.000012345].map(format.probability)).toMatchInlineSnapshot(`
    [
      "0.0078",
      "0.5",
      "1",
      "0",
      "1.2e−5",
    ]
  `)
})

test('times have the unit in which they read best', () => {
  expect([2.5, 0.05003049, 0.0000321, 3e-9, 1e-12].map(format.time)).toMatchInlineSnapshot(`
    [
      "2.500 s",
      "50.03 ms",
      "32.10 µs",
      "3.000 ns",
      "0.001000 ns",
    ]
  `)
})

test('counts, memory, money and sums of seconds', () => {
  expect([
    format.counted(1, 'pair'),
    format.counted(12_345, 'pair'),
    format.memory(19_394_560),
    format.memory(25_276_063_744),
    format.dollars(0.0125),
    format.totalSeconds(12_345.67),
    format.significant(16_351_232),
    format.significant(0.0123456),
    format.significant(1e-9),
  ]).toMatchInlineSnapshot(`
    [
      "1 pair",
      "12,345 pairs",
      "18.5 MiB",
      "23.5 GiB",
      "0.0125 USD",
      "12,345.7 s",
      "16,351,232",
      "0.01235",
      "1.000e-9",
    ]
  `)
})

test('text is cut where it is too long, and that is seen', () => {
  expect(format.shortened('a'.repeat(10), 10)).toBe('a'.repeat(10))
  expect(format.shortened('a'.repeat(11), 10)).toBe(`${'a'.repeat(9)}…`)
})
