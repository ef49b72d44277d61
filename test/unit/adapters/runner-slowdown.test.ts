import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decide } from '../../../plugins/isobench/src/domain/decision.ts'
import { bundleOf, measureBundle } from '../../support/bundle.ts'
import { type PythonSides, createSides, slowAndFast, testScript } from '../../support/python-sides.ts'

let sides: PythonSides
beforeAll(async () => {
  sides = await createSides(slowAndFast)
})
afterAll(() => sides.remove())

/** A test that sleeps: on head so many times as long as on base, and in every process after the n-th 30 % longer. */
const slowing = (name: string, headFactor: number, after: number) =>
  testScript({
    top: ['import os, sys, time', `counter = ${JSON.stringify(join(sides.folder, name))}`].join('\n'),
    setup: [
      "open(counter, 'a').write('x')",
      `slow = 1.3 if os.path.getsize(counter) > ${after} else 1`,
      `return slow * 0.02 * (${headFactor} if 'head' in sys.prefix else 1)`,
    ].join('\n    '),
    experiment: 'time.sleep(state); return demo.work(1)',
  })

const neutral = ['no-change', 'inconclusive']

async function verdictOf(after: number, session: number): Promise<string> {
  const bundle = await bundleOf(sides, slowing(`equal-${after}-${session}`, 1, after), { session })
  const { runs } = await measureBundle(sides, bundle)
  const seconds = runs.map((run) => run.seconds!)
  expect(Math.max(...seconds) / Math.min(...seconds)).toBeGreaterThan(1.2)
  return decide(bundle.plan, runs).verdict
}

describe('a machine that slows by 30 % halfway', () => {
  // 4 processes precede the pairs: after an even number a pair begins, after an odd one it is cut in half.
  test.each([11, 12, 13])('does not make a difference where there is none: after process %i', async (after) => {
    const first = await verdictOf(after, 1)
    // The rule itself is wrong in up to 1 % of sessions a direction; that says nothing of the slowdown.
    const verdict = neutral.includes(first) ? first : await verdictOf(after, 2)
    expect(neutral).toContain(verdict)
  })

  test('leaves a true difference what it is', async () => {
    const bundle = await bundleOf(sides, slowing('faster', 0.7, 11))
    const { runs } = await measureBundle(sides, bundle)
    const { verdict, improvement } = decide(bundle.plan, runs)
    expect(verdict).toBe('improved')
    expect(improvement).toBeGreaterThan(0.1)
    expect(improvement).toBeLessThan(0.4)
  })
})
