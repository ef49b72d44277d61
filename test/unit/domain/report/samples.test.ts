import { expect, test } from 'vitest'
import { costOf, totalOf } from '../../../../plugins/isobench/src/domain/report/cost.ts'
import { readMembers } from '../../../../plugins/isobench/src/domain/report/members.ts'
import { ratioChart } from '../../../../plugins/isobench/src/domain/report/ratio-chart.ts'
import { sampleChart } from '../../../../plugins/isobench/src/domain/report/sample-chart.ts'
import { failedProcesses, samplesOf } from '../../../../plugins/isobench/src/domain/report/samples.ts'
import { digestOf, modelGeneration } from '../../../support/artifacts.ts'
import { lostMember, measuredMember } from '../../../support/report.ts'

const ratios = [-0.31, -0.3, -0.29, -0.3, -0.3, -0.32, -0.28, -0.3]

/** The third pair ran on a throttled device, and a ninth took its place; a control ran after it. */
const member = readMembers([
  measuredMember('a', [...ratios.slice(0, 2), 0.5, ...ratios.slice(2)], {}, (runs) => [
    ...runs.map((run) => (run.pair === 2 && run.side === 'head' ? { ...run, excluded: 'throttled' as const } : run)),
    { ...runs.at(-1)!, plan_sha256: digestOf('control'), wall_seconds: 7 },
  ]),
])[0]!

test('samples are the timed processes of the commit itself in the order in which they ran', () => {
  const { processes, pairs } = samplesOf(member)
  expect(processes).toHaveLength(18)
  expect(processes.slice(0, 6)).toMatchInlineSnapshot(`
    [
      {
        "excluded": null,
        "pair": 0,
        "seconds": 0.1,
        "side": "base",
      },
      {
        "excluded": null,
        "pair": 0,
        "seconds": 0.07334469562242893,
        "side": "head",
      },
      {
        "excluded": null,
        "pair": 1,
        "seconds": 0.0740818220681718,
        "side": "head",
      },
      {
        "excluded": null,
        "pair": 1,
        "seconds": 0.1,
        "side": "base",
      },
      {
        "excluded": "throttled",
        "pair": 2,
        "seconds": 0.1,
        "side": "base",
      },
      {
        "excluded": "throttled",
        "pair": 2,
        "seconds": 0.16487212707001284,
        "side": "head",
      },
    ]
  `)
  expect(pairs[2]).toMatchInlineSnapshot(`
    {
      "baseSeconds": 0.1,
      "excluded": "throttled",
      "first": "base",
      "headSeconds": 0.16487212707001284,
      "logRatio": 0.5,
      "pair": 2,
    }
  `)
})

test('the chart of samples tells what it shows, and excluded processes are hollow', () => {
  const svg = sampleChart(samplesOf(member)).text
  expect(/<title id.*<\/desc>/s.exec(svg)![0]).toMatchInlineSnapshot(
    `"<title id="samples-chart-title">Times of base and head in the order in which they ran</title><desc id="samples-chart-description">18 processes; median of base 100.0 ms; median of head 74.08 ms. Hollow marks do not count.</desc>"`,
  )
  expect(svg.match(/class="hollow/g)).toHaveLength(4)
  expect(svg.match(/class="mark/g)).toHaveLength(32)
})

test('the chart of pairs has one mark each, the estimate and its interval', () => {
  expect(
    ratioChart(
      { processes: [], pairs: samplesOf(member).pairs.slice(0, 2) },
      { performance_improvement: 0.26, ci95: [0.25, 0.27] },
    ).text,
  ).toMatchInlineSnapshot(
    `"<svg class="chart" role="img" aria-labelledby="ratios-chart-title ratios-chart-description" viewBox="0 0 520 272" width="520" height="272"><title id="ratios-chart-title">Improvement in each pair</title><desc id="ratios-chart-description">2 pairs, above zero where head took less time. The estimate over all is +26.0 %, +25.0 % to +27.0 %. Hollow marks do not count.</desc><rect class="band" x="66" y="19.9" width="442" height="16.5"/><line class="zero" x1="66" y1="212" x2="508" y2="212"/><text class="label" x="58" y="216" text-anchor="end">0 %</text><line class="grid" x1="66" y1="180.7" x2="508" y2="180.7"/><text class="label" x="58" y="184.7" text-anchor="end">+5 %</text><line class="grid" x1="66" y1="147.7" x2="508" y2="147.7"/><text class="label" x="58" y="151.7" text-anchor="end">+10 %</text><line class="grid" x1="66" y1="75.8" x2="508" y2="75.8"/><text class="label" x="58" y="79.8" text-anchor="end">+20 %</text><text class="label" x="91.9" y="246" text-anchor="middle">1</text><text class="label" x="488.1" y="246" text-anchor="middle">2</text><text class="label soft" x="66" y="264" text-anchor="start">↑ head takes less time</text><text class="label soft" x="508" y="264" text-anchor="end">pair →</text><line class="median side-head" x1="66" y1="28.2" x2="508" y2="28.2"/><path class="mark side-head" d="M91.9 17.8l5 5l-5 5l-5 -5z"><title>pair 1: +26.7 %</title></path><path class="mark side-head" d="M488.1 23.9l5 5l-5 5l-5 -5z"><title>pair 2: +25.9 %</title></path></svg>"`,
  )
})

test('an unmeasured commit has no samples, whatever its runs hold', () => {
  expect(samplesOf(readMembers([lostMember('b')])[0]!)).toEqual({ processes: [], pairs: [] })
})

test('processes that failed are told apart', () => {
  const broken = { ...member, runs: member.runs.with(3, { ...member.runs[3]!, result: 'timed-out' }) }
  expect(failedProcesses(member)).toEqual([])
  expect(failedProcesses(broken).map(({ index }) => index)).toEqual([3])
})

test('cost is calls, tokens and money as the endpoint says, and the time of every process', () => {
  const { record: _, ...cost } = costOf(member)
  expect(cost).toMatchInlineSnapshot(`
    {
      "calls": 0,
      "controlSeconds": 7,
      "dollars": null,
      "inputTokens": null,
      "onAccelerator": false,
      "outputTokens": null,
      "processSeconds": 29,
      "processes": 23,
    }
  `)
})

test('what is not known is counted and not added', () => {
  const costs = readMembers([
    lostMember('b', { generation: modelGeneration() }),
    lostMember('c', { generation: modelGeneration({ cost_usd: null }) }),
    lostMember('d'),
  ]).map(costOf)
  expect(totalOf(costs, 'dollars')).toEqual({ sum: 0.0125, unknown: 1 })
  expect(totalOf(costs, 'inputTokens')).toEqual({ sum: 2400, unknown: 0 })
})
