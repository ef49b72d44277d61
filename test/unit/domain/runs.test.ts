import { describe, expect, test } from 'vitest'
import {
  completePairs,
  countedPairs,
  exclusionOf,
  exclusionsOf,
  neighbourRatios,
  parseRuns,
  peakMemory,
  reachedOn,
  sameDigest,
} from '../../../plugins/isobench/src/domain/runs.ts'
import { canonicalJsonLine } from '../../../plugins/isobench/src/domain/canonical-json.ts'
import { digestOf } from '../../support/artifacts.ts'
import { pairsOfRatios, samplePlan, sampleRuns } from '../../support/runs.ts'
import { trialRun } from '../../support/trial-run.ts'

const digest = (sha256: string, ...numbers: [number, number][]) => ({ sha256: digestOf(sha256), numbers })

const plan = samplePlan({}, { blocks: ['ABBA', 'ABBA'] })

test('parseRuns reads what was written, and names a line that is no run', () => {
  const runs = sampleRuns(plan, pairsOfRatios([0.1]))
  const text = runs.map((run) => `${canonicalJsonLine(run)}\n`).join('')
  expect(parseRuns(text)).toEqual(runs)
  expect(parseRuns('')).toEqual([])
  expect(() => parseRuns(`${text}{"index":1}\n`)).toThrow(`not a run: runs.jsonl:${runs.length + 1}`)
  expect(() => parseRuns('{\n')).toThrow('not a run: runs.jsonl:1')
})

describe('completePairs', () => {
  test('leaves a pair out that lacks a side', () => {
    const runs = sampleRuns(plan, pairsOfRatios([0.1, 0.2]))
    expect(completePairs(runs)).toHaveLength(2)
    expect(completePairs(runs.slice(0, -1))).toHaveLength(1)
    expect(completePairs([])).toEqual([])
  })

  test('takes the last of a repeated run', () => {
    const runs = sampleRuns(plan, pairsOfRatios([0.1]))
    const cut = runs.slice(0, -1)
    const again = runs
      .slice(-2)
      .map((run, index) => Object.assign(structuredClone(run), { index: cut.length + index, seconds: 0.7 }))
    const [pair] = completePairs([...cut, ...again])
    expect([pair!.base.seconds, pair!.head.seconds]).toEqual([0.7, 0.7])
  })
})

describe('exclusions', () => {
  const runs = sampleRuns(plan, pairsOfRatios([0.1, 0.2, 0.3, 0.4]))
  const disturbed = runs.map((run) => {
    // Pair 1 is B A, so head comes first.
    if (run.pair === 1)
      return { ...run, excluded: run.side === 'head' ? ('throttled' as const) : ('clock-drop' as const) }
    if (run.pair === 3 && run.side === 'head') return { ...run, excluded: 'clock-drop' as const }
    return run.purpose === 'burn-in' ? { ...run, excluded: 'foreign-process' as const } : run
  })

  test('drop the whole pair, under the reason of its first process', () => {
    const pairs = completePairs(disturbed)
    expect(pairs.map(exclusionOf)).toEqual([undefined, 'throttled', undefined, 'clock-drop'])
    expect(countedPairs(pairs)).toEqual([pairs[0], pairs[2]])
    expect(exclusionsOf(pairs)).toEqual([
      { reason: 'clock-drop', pairs: 1 },
      { reason: 'throttled', pairs: 1 },
    ])
  })

  test('are none where nothing was disturbed', () => {
    expect(exclusionsOf(completePairs(runs))).toEqual([])
    expect(countedPairs(completePairs(runs))).toEqual(completePairs(runs))
  })

  test('leave no neighbours across the gap', () => {
    // A B | B A | A B | B A without the second and the fourth pair: no two processes of one side stand together.
    expect(neighbourRatios(countedPairs(completePairs(disturbed)))).toEqual([])
  })
})

test('neighbourRatios compares processes of one side that ran next to each other', () => {
  const runs = sampleRuns(plan, [
    { base: 1, head: 2 },
    { base: 1.1, head: 2.2 },
    { base: 1.21, head: 2 },
    { base: 1, head: 2 },
  ])
  // A B | B A A B | B A: neighbours are B B, A A, B B
  expect(neighbourRatios(completePairs(runs))).toEqual([
    expect.closeTo(Math.log(1.1), 12),
    expect.closeTo(Math.log(1.1), 12),
    0,
  ])
})

test('digests are the same when the numbers are within the larger tolerance', () => {
  expect(sameDigest(null, null)).toBe(true)
  expect(sameDigest(null, digest('a'))).toBe(false)
  expect(sameDigest(digest('a'), digest('a'))).toBe(true)
  expect(sameDigest(digest('a'), digest('b'))).toBe(false)
  expect(sameDigest(digest('a', [1, 0.01]), digest('a', [1.02, 0.03]))).toBe(true)
  expect(sameDigest(digest('a', [1, 0.01]), digest('a', [1.02, 0.01]))).toBe(false)
  expect(sameDigest(digest('a', [1, 1]), digest('a'))).toBe(false)
})

test('reachedOn and peakMemory look at one side', () => {
  const runs = [
    trialRun('base', { reached: ['a.f'], peak_memory_bytes: 5 }),
    trialRun('base', { purpose: 'burn-in', reached: null, peak_memory_bytes: 9 }),
    trialRun('head', { reached: [], peak_memory_bytes: null }),
  ]
  expect([reachedOn('base', runs), reachedOn('head', runs), reachedOn('head', [])]).toEqual([['a.f'], [], null])
  expect([peakMemory('base', runs), peakMemory('head', runs)]).toEqual([9, null])
})
