import { describe, expect, test } from 'vitest'
import { decide } from '../../../plugins/isobench/src/domain/decision.ts'
import { hostNoise, isHostUnstable } from '../../../plugins/isobench/src/domain/host-noise.ts'
import type { Run } from '../../../plugins/isobench/src/schema/run-bundle.ts'
import { pairsOfRatios, samplePlan, sampleRuns } from '../../support/runs.ts'

const plan = samplePlan({ profile: 'quick' })
const quiet = { steal: 0, others: 0, load: 0, spin: null }

/** The runs of eight equal pairs, each with the host of its position. */
function runsOn(host: (index: number) => Run['host'], probe: (index: number) => number = () => 0.005): Run[] {
  return sampleRuns(plan, pairsOfRatios(Array(8).fill(0))).map((run, index) =>
    Object.assign(run, { host: host(index), probe_seconds: probe(index) }),
  )
}

const spin = (index: number) => (index % 4 === 0 ? { seconds: index === 4 ? 0.002 : 0.001, lost: 0.02 } : null)

describe('hostNoise', () => {
  test('says nothing where nothing was recorded', () => {
    const runs = runsOn(() => undefined).map((run) => Object.assign(run, { probe_seconds: null }))
    expect(hostNoise(runs)).toEqual({ probe: null, spin: null, lost: null, steal: null, others: null })
    expect(isHostUnstable(hostNoise(runs))).toBe(false)
  })

  test('gives variations of the loops and means of the shares, over the pairs', () => {
    const runs = runsOn((index) => ({ steal: 0.004, others: index < 4 ? 0.9 : 0.1, load: 3, spin: spin(index) }))
    const noise = hostNoise(runs)
    expect(noise).toMatchObject({ probe: 0, steal: expect.closeTo(0.004), others: expect.closeTo(0.1) })
    expect(noise).toMatchObject({ spin: expect.closeTo(0.373, 3), lost: expect.closeTo(0.02) })
  })

  test.each<[string, Run[]]>([
    [
      'a loop in the processes that varies',
      runsOn(
        () => quiet,
        (index) => (index % 2 === 0 ? 0.005 : 0.006),
      ),
    ],
    [
      'a loop between the blocks that varies',
      runsOn((index) => ({ ...quiet, spin: { seconds: 0.001 + (index % 2) * 0.0002, lost: 0 } })),
    ],
    ['a loop that is interrupted', runsOn(() => ({ ...quiet, spin: { seconds: 0.001, lost: 0.06 } }))],
    ['stolen time', runsOn(() => ({ ...quiet, steal: 0.02 }))],
    ['other programs', runsOn(() => ({ ...quiet, others: 0.3 }))],
  ])('the flag is set by %s, and changes no verdict', (_name, runs) => {
    expect(
      decide(
        plan,
        runsOn(() => quiet),
      ),
    ).toMatchObject({ verdict: 'no-change', flags: [] })
    expect(decide(plan, runs)).toMatchObject({ verdict: 'no-change', flags: ['host-unstable'] })
  })
})
