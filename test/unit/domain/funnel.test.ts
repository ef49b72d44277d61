import { expect, test } from 'vitest'
import { funnelOf } from '../../../plugins/isobench/src/domain/funnel.ts'
import { Funnel } from '../../../plugins/isobench/src/schema/dataset.ts'
import { sampleRecord, unmeasuredRecord } from '../../support/records.ts'

test('every commit either ends at one stage for one reason or is measured', () => {
  const funnel = funnelOf([
    sampleRecord('a'),
    unmeasuredRecord('b', { stage: 'run-gpu', reason: 'test-crashed' }),
    unmeasuredRecord('c', { stage: 'analyze', reason: 'not-a-candidate' }),
    unmeasuredRecord('d', { stage: 'install-wheel', reason: 'wheel-missing' }),
    unmeasuredRecord('e', { stage: 'run-gpu', reason: 'timed-out' }),
    unmeasuredRecord('f', { stage: 'run-gpu', reason: 'output-differs' }),
    unmeasuredRecord('g', { stage: 'run-gpu', reason: 'output-differs' }),
    sampleRecord('h', { verdict: 'inconclusive' }),
  ])
  expect(Funnel.parse(funnel)).toEqual(funnel)
  expect(funnel.stages.map(({ stage, entered, passed }) => [stage, entered, passed])).toEqual([
    ['analyze', 8, 7],
    ['install-wheel', 7, 6],
    ['generate-test', 6, 6],
    ['run-gpu', 6, 2],
  ])
  expect(funnel.stages[3]?.lost).toEqual([
    { reason: 'output-differs', commits: 2 },
    { reason: 'test-crashed', commits: 1 },
    { reason: 'timed-out', commits: 1 },
  ])
  expect(funnel.verdicts).toEqual([
    { verdict: 'improved', commits: 1 },
    { verdict: 'regressed', commits: 0 },
    { verdict: 'no-change', commits: 0 },
    { verdict: 'inconclusive', commits: 1 },
    { verdict: 'unmeasured', commits: 6 },
  ])
})

test('no record gives an empty funnel', () => {
  expect(funnelOf([]).stages.every(({ entered, passed, lost }) => entered + passed + lost.length === 0)).toBe(true)
})
