import { expect, test } from 'vitest'
import { forestPlot } from '../../../../plugins/isobench/src/domain/report/forest-plot.ts'
import { apiHistories, sharedAxes, sparkline } from '../../../../plugins/isobench/src/domain/report/history.ts'
import { sampleRecord, unmeasuredRecord } from '../../../support/records.ts'

const improved = sampleRecord('one', { commit_date: '2024-01-01T00:00:00Z', affected_apis: ['demo.a', 'demo.b'] })
const regressed = sampleRecord('two', {
  commit_date: '2024-01-03T00:00:00Z',
  verdict: 'regressed',
  performance_improvement: -0.25,
  ci95: [-0.3, -0.2],
  affected_apis: ['demo.b', 'demo.b'],
})
const lost = unmeasuredRecord('three', {
  commit_date: '2024-01-05T00:00:00Z',
  stage: 'analyze',
  reason: 'not-a-candidate',
  affected_apis: ['demo.b', 'demo.c'],
})
const records = [improved, regressed, lost]

test('the forest plot names each measured commit with its interval, the largest improvement first', () => {
  expect(forestPlot(records, 'wide')!.text).toMatchInlineSnapshot(`
    "<div class="forest-wide">
        <svg class="chart" role="img" aria-labelledby="forest-wide-title forest-wide-description" viewBox="0 0 1150 98" width="1150" height="98"><title id="forest-wide-title">Effects of all measured commits</title><desc id="forest-wide-description">2 measured commits with 95 % intervals, from +50.0 % (demo-fe05bcdc) to −25.0 % (demo-ad782ecd). The table of commits holds the same figures.</desc><line class="grid" x1="239.2" y1="8" x2="239.2" y2="52"/><text class="label" x="239.2" y="70" text-anchor="middle">−25 %</text><line class="zero" x1="373.6" y1="8" x2="373.6" y2="52"/><text class="label" x="373.6" y="70" text-anchor="middle">0 %</text><line class="grid" x1="437" y1="8" x2="437" y2="52"/><text class="label" x="437" y="70" text-anchor="middle">+10 %</text><line class="grid" x1="507.9" y1="8" x2="507.9" y2="52"/><text class="label" x="507.9" y="70" text-anchor="middle">+20 %</text><line class="grid" x1="633" y1="8" x2="633" y2="52"/><text class="label" x="633" y="70" text-anchor="middle">+35 %</text><line class="grid" x1="791" y1="8" x2="791" y2="52"/><text class="label" x="791" y="70" text-anchor="middle">+50 %</text><g class="verdict-improved"><line class="whisker" x1="733.6" y1="19" x2="854.4" y2="19"/><path class="mark" d="M791 14.5l4.5 9h-9z"><title>demo-fe05bcdc: improved, +50.0 % (+45.0 % to +55.0 %)</title></path><text class="label" x="174" y="23" text-anchor="end">demo-fe05bcdc</text><text class="label number" x="896" y="23" text-anchor="start">+50.0 % (+45.0 % to +55.0 %)</text></g><g class="verdict-regressed"><line class="whisker" x1="215.6" y1="41" x2="263.8" y2="41"/><path class="mark" d="M239.2 45.5l4.5 -9h-9z"><title>demo-ad782ecd: regressed, −25.0 % (−30.0 % to −20.0 %)</title></path><text class="label" x="174" y="45" text-anchor="end">demo-ad782ecd</text><text class="label number" x="896" y="45" text-anchor="start">−25.0 % (−30.0 % to −20.0 %)</text></g><text class="label soft" x="190" y="90" text-anchor="start">← head takes more time</text><text class="label soft" x="880" y="90" text-anchor="end">head takes less time →</text></svg>
      </div>"
  `)
})

test('without a measured commit there is no forest plot', () => {
  expect(forestPlot([lost], 'narrow')).toBeNull()
})

test('of more than sixty commits the plot names none, and stays as high as a screen', () => {
  const many = Array.from({ length: 61 }, (_, index) => sampleRecord(`many ${index}`))
  const svg = forestPlot(many, 'wide')!.text
  expect(svg).not.toContain('text-anchor="end">demo-')
  expect(Number(/ height="([\d.]+)"/.exec(svg)![1])).toBeLessThan(720)
})

test('an API has the commits that changed it, each once, if one of them was measured', () => {
  expect(apiHistories(records).map(({ api, records: all, measured }) => [api, all.length, measured.length])).toEqual([
    ['demo.b', 3, 2],
    ['demo.a', 1, 1],
  ])
})

test('the sparkline marks a regression by shape, colour and words', () => {
  expect(sparkline(apiHistories(records)[0]!, 'history-1', sharedAxes(records)).text).toMatchInlineSnapshot(
    `"<svg class="chart" role="img" aria-labelledby="history-1-title history-1-description" viewBox="0 0 260 44" width="260" height="44"><title id="history-1-title">Effects of commits on demo.b</title><desc id="history-1-description">2024-01-01 demo-fe05bcdc: improved, +50.0 %; 2024-01-03 demo-ad782ecd: regressed, −25.0 %</desc><line class="zero" x1="0" y1="28.6" x2="260" y2="28.6"/><g class="verdict-improved"><line class="whisker" x1="8" y1="28.6" x2="8" y2="9"/><path class="mark" d="M8 4.5l4.5 9h-9z"><title>2024-01-01 demo-fe05bcdc: improved, +50.0 %</title></path></g><g class="verdict-regressed"><line class="whisker" x1="130" y1="28.6" x2="130" y2="35"/><path class="mark" d="M130 39.5l4.5 -9h-9z"><title>2024-01-03 demo-ad782ecd: regressed, −25.0 %</title></path></g></svg>"`,
  )
})
