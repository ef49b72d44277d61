import { expect, test } from 'vitest'
import { type ComparedCommit, compared, comparisonTable } from '../../../plugins/isobench/src/domain/comparison.ts'
import { failed, ok } from '../../../plugins/isobench/src/schema/outcome.ts'
import { modelGeneration } from '../../support/artifacts.ts'

const [attempt] = modelGeneration().attempts
const good: ComparedCommit = { generation: modelGeneration({ outcome: ok }), isWatched: true, intervalWidth: 0.02 }
const notTried: ComparedCommit = {
  generation: modelGeneration({
    outcome: failed('test-invalid', 'it crashes'),
    attempts: [{ ...attempt!, result: 'trial-failed' }],
  }),
  isWatched: true,
  intervalWidth: null,
}
const noCode: ComparedCommit = {
  generation: modelGeneration({
    outcome: failed('test-invalid', 'no code'),
    attempts: [
      { ...attempt!, result: 'invalid-code' },
      { ...attempt!, result: 'invalid-code' },
    ],
    cost_usd: null,
  }),
  isWatched: false,
  intervalWidth: null,
}

test('two ways of writing tests, side by side', () => {
  const sides = [compared([good, notTried, noCode], 'trial'), compared([good, good], 'static')]
  expect(comparisonTable(['one', 'other'], sides)).toMatchInlineSnapshot(`
    "|  | one | other |
    | --- | ---: | ---: |
    | commits | 3 | 2 |
    | calls | 4 | 2 |
    | valid | 67 % | 100 % |
    | passed the trial | 33 % | 100 % |
    | reached the change | 50 % | unknown |
    | measured | 1 | 2 |
    | median width of the interval | 0.0200 | 0.0200 |
    | tokens in | 3600 | 2400 |
    | tokens out | 1020 | 680 |
    | US dollars | unknown | 0.0250 |"
  `)
})

test('nothing is no rate', () => {
  expect(compared([], 'trial')).toMatchObject({ validRate: null, trialPassRate: null, medianIntervalWidth: null })
})
