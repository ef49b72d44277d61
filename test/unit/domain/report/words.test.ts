import { expect, test } from 'vitest'
import { withoutHostPaths } from '../../../../plugins/isobench/src/domain/report/host-paths.ts'
import { commitPath } from '../../../../plugins/isobench/src/domain/report/page.ts'
import { verdictSentence, whyInconclusive } from '../../../../plugins/isobench/src/domain/report/words.ts'
import { sampleRecord, unmeasuredRecord } from '../../../support/records.ts'

test('a verdict in a sentence', () => {
  const figures = { performance_improvement: -0.25, ci95: [-0.3, -0.2], p_value: 0.0001 } as const
  expect([
    verdictSentence(sampleRecord('a')),
    verdictSentence(sampleRecord('a', { ...figures, ci95: [-0.3, -0.2], verdict: 'regressed' })),
    verdictSentence(sampleRecord('a', { performance_improvement: 0.001, ci95: [-0.01, 0.01], verdict: 'no-change' })),
    verdictSentence(
      sampleRecord('a', { performance_improvement: 0.02, ci95: null, p_value: null, verdict: 'inconclusive' }),
    ),
    verdictSentence(unmeasuredRecord('a', { stage: 'run-gpu', reason: 'timed-out' })),
  ]).toMatchInlineSnapshot(`
    [
      "Head takes 50.0 % less time than base (95 % interval: 45.0 % to 55.0 % less), p = 0.0078, from 8 pairs.",
      "Head takes 25.0 % more time than base (95 % interval: 20.0 % to 30.0 % more), p = 0.0001, from 8 pairs.",
      "No change that counts: the estimate is 0.10 % less time than base (95 % interval: 1.0 % more to 1.0 % less), p = 0.0078, from 8 pairs.",
      "Nothing can be concluded: the estimate is 2.0 % less time than base, from 8 pairs.",
      "There is no measurement: the commit was lost at \`run-gpu\`.",
    ]
  `)
})

test('why nothing can be concluded', () => {
  const { measurement } = sampleRecord('a')
  const inconclusive = (
    stopped_by: typeof measurement.stopped_by,
    ci95: [number, number] | null,
    effect: number | null,
  ) =>
    whyInconclusive(
      sampleRecord('a', {
        verdict: 'inconclusive',
        ci95,
        measurement: { ...measurement, stopped_by, minimum_detectable_effect: effect },
      }),
    )
  expect(inconclusive('futility', [-0.1, 0.2], 0.25)).toMatchInlineSnapshot(`
    [
      "The interval holds zero: head may be faster, slower, or neither.",
      "Measuring ended because with this noise further pairs could hardly have decided anything.",
      "An effect of 25.0 % or more would have been found with a chance of 80 % by 8 pairs; a smaller one may be there.",
    ]
  `)
  expect(inconclusive('pairs', [0.001, 0.02], 0.03)).toMatchInlineSnapshot(`
    [
      "The interval leaves zero out, but the test did not reject at the level set in advance, or the effect is below the smallest that counts.",
      "Measuring ended because all pairs of the profile had been run.",
      "An effect of 3.0 % or more would have been found with a chance of 80 % by 8 pairs; a smaller one may be there.",
    ]
  `)
  expect(inconclusive(null, null, null)).toMatchInlineSnapshot(`
    [
      "There are too few pairs for an interval.",
    ]
  `)
})

test('a commit has one file whatever its id holds', () => {
  expect(['demo-0123abcd', '../../etc/passwd', '.', 'a b"<é', 'a..b'].map(commitPath)).toMatchInlineSnapshot(`
    [
      "commits/demo-0123abcd.html",
      "commits/..~00002f..~00002fetc~00002fpasswd.html",
      "commits/..html",
      "commits/a~000020b~000022~00003c~0000e9.html",
      "commits/a..b.html",
    ]
  `)
})

test('folders of the machine are left out of what a process printed', () => {
  const store = `/srv/work/.isobench`
  expect(
    withoutHostPaths(
      [
        `File "${store}/bundles/${'ab'.repeat(32)}/efficiency_test.py", line 19`,
        `File "${store}/envs/${'cd'.repeat(16)}/lib/python3.11/site-packages/demo/index.py", line 50`,
        'File "/home/ada/x.py", "/root/y.py", /Users/ada/z, /usr/lib/python3.11/json.py',
      ].join('\n'),
    ),
  ).toMatchInlineSnapshot(`
    "File "efficiency_test.py", line 19
    File "site-packages/demo/index.py", line 50
    File "~/x.py", "~/y.py", ~/z, /usr/lib/python3.11/json.py"
  `)
})
