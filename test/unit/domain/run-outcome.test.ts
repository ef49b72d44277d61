import { describe, expect, test } from 'vitest'
import { runOutcome } from '../../../plugins/isobench/src/domain/run-outcome.ts'
import { digestOf } from '../../support/artifacts.ts'
import { pairsOfRatios, samplePlan, sampleRuns } from '../../support/runs.ts'

const plan = samplePlan()
const runs = sampleRuns(plan, pairsOfRatios([0, 0]))
const digest = (text: string) => ({ sha256: digestOf(text), numbers: [] })
const withDigests = (base: string, head: string) =>
  runs.map((run) => ({ ...run, digest: digest(run.side === 'base' ? base : head) }))

describe('runOutcome', () => {
  test('the machine is at fault when it disturbed every pair before the first look', () => {
    const excluded = sampleRuns(plan, pairsOfRatios([0.1, 0.2, 0.3])).map((run) =>
      Object.assign(run, { excluded: run.side === 'base' ? ('throttled' as const) : undefined }),
    )
    expect(runOutcome(plan, excluded)).toEqual({
      status: 'failed',
      reason: 'host-unstable',
      side: null,
      message: 'every pair was disturbed: throttled 3',
    })
    expect(runOutcome(plan, excluded.slice(0, -2)).status).toBe('ok')
    const one = excluded.map((run) => Object.assign(run, run.pair === 0 ? { excluded: undefined } : {}))
    expect(runOutcome(plan, one).status).toBe('ok')
  })

  test('is ok when all processes are, outputs are equal and changed functions ran', () => {
    expect(runOutcome(plan, runs)).toEqual({ status: 'ok', reason: null, side: null, message: null })
    expect(runOutcome(plan, withDigests('same', 'same')).status).toBe('ok')
  })

  test('has the reason and the side of the process that failed', () => {
    const failing = runs.with(5, { ...runs[5]!, result: 'timed-out', message: 'no end after 1 s', seconds: null })
    expect(runOutcome(plan, failing)).toEqual({
      status: 'failed',
      reason: 'timed-out',
      side: runs[5]!.side,
      message: 'pair process: no end after 1 s',
    })
  })

  test('tells outputs that differ between the sides from outputs that differ within one', () => {
    expect(runOutcome(plan, withDigests('one', 'other'))).toMatchObject({ reason: 'output-differs', side: null })
    const wavering = withDigests('same', 'same')
    const last = wavering.at(-1)!
    expect(runOutcome(plan, wavering.with(wavering.length - 1, { ...last, digest: digest('odd') }))).toMatchObject({
      reason: 'contract-violated',
      side: last.side,
      message: 'digest() differs between two processes of one side',
    })
  })

  test('wants a changed function on each side that has any', () => {
    const idle = runs.with(1, { ...runs[1]!, reached: [] })
    expect(runOutcome(plan, idle)).toMatchObject({
      reason: 'change-not-exercised',
      side: 'head',
      message: 'none of the changed functions ran: demo.parse.parse',
    })
    const onBase = { ...plan, functions: plan.functions.map((each) => ({ ...each, sides: ['base' as const] })) }
    expect(runOutcome(onBase, idle).status).toBe('ok')
    expect(runOutcome({ ...plan, functions: [] }, idle).status).toBe('ok')
  })
})
