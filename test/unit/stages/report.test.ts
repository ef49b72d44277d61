import { expect, test } from 'vitest'
import {
  sampleAnalysis,
  sampleCommit,
  sampleMeasurement,
  commitHash,
  modelGeneration,
} from '../../support/artifacts.ts'
import { lostMember, measuredMember, memberTexts, reportOf } from '../../support/report.ts'
import { pairsOfRatios, samplePlan, sampleRuns } from '../../support/runs.ts'

const hostile = '<script>alert("1")</script> & \'x\' {{y}} `z` | \u202E'
const down = [-0.31, -0.3, -0.29, -0.3, -0.3, -0.32, -0.28, -0.3]
const undecided = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 0.06 : -0.05) * (1 + (index % 5) / 9))
const members = [
  measuredMember('improved', down, { generation: modelGeneration() }),
  measuredMember(
    'regressed',
    down.map((ratio) => -ratio),
  ),
  measuredMember('undecided', undecided),
  lostMember('lost', {
    commit: sampleCommit({ head: commitHash('lost'), claim: hostile, notes: hostile }),
    analysis: sampleAnalysis({ subject: hostile, message: hostile.repeat(100), affected_apis: [hostile] }),
  }),
]

test('every commit has a page, and the summary stands beside them', () => {
  const pages = members.map(({ instanceId }) => `commits/${instanceId}.html`)
  expect([...reportOf(members).keys()].toSorted()).toEqual(
    [...pages, 'cost.html', 'funnel.html', 'history.html', 'index.html', 'summary.md'].toSorted(),
  )
})

test('equal artifacts give equal bytes, in whatever order they come', () => {
  expect([...reportOf(members.toReversed())]).toEqual([...reportOf(members)])
})

test('links lead to files and places of the report, and ids are unique in their page', () => {
  const files = reportOf(members)
  for (const [path, text] of files) {
    if (!path.endsWith('.html')) continue
    const ids = [...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!)
    expect(ids, path).toEqual([...new Set(ids)])
    for (const [, reference] of text.matchAll(/ aria-labelledby="([^"]*)"/g))
      for (const id of reference!.split(' ')) expect(ids, path).toContain(id)
    for (const [, link] of text.matchAll(/ href="([^"]*)"/g)) {
      const { pathname, hash } = new URL(link!, `file:///${path}`)
      if (!link!.startsWith('#')) expect([...files.keys()], `${path}: ${link}`).toContain(pathname.slice(1))
      else expect(ids, `${path}: ${link}`).toContain(hash.slice(1))
    }
  }
})

test('nothing that others wrote is markup, and nothing is loaded', () => {
  for (const [path, text] of reportOf(members)) {
    if (!path.endsWith('.html')) continue
    const scripts = text.match(/<script/g) ?? []
    expect(scripts, path).toHaveLength(path === 'index.html' ? 1 : 0)
    expect(text, path).not.toMatch(/\u202E|<(?:img|link|iframe|object)|\ssrc=|\sstyle=|\son\w+=|@import|url\(/)
  }
})

test('each page says where it was lost, and what helps', () => {
  const page = reportOf(members).get(`commits/${members[3]!.instanceId}.html`)!
  expect(page).toContain('<code>test-crashed</code>')
  expect(page).toContain('IndexError: out of range')
  expect(page).toContain('What helps:')
  expect(page).not.toContain('<svg')
})

test('a page says when somebody measured again', () => {
  const runs = sampleRuns(samplePlan(), pairsOfRatios(down))
  const plan_sha256 = runs[0]!.plan_sha256
  const pages = [1, 2].map((session) => {
    const measurement = sampleMeasurement({ session, plan_sha256 })
    const member = memberTexts('again', { measurement }, runs)
    return reportOf([member]).get(`commits/${member.instanceId}.html`)!
  })
  expect(pages.map((page) => /abba-gs-wilcoxon\/1, standard(, session \d+)?/.exec(page)![1])).toEqual([
    undefined,
    ', session 2',
  ])
})

test('the summary for a pull request', () => {
  const [, second, ...others] = members
  const earlier = [
    { instance_id: second!.instanceId, verdict: 'no-change', performance_improvement: 0.001 },
    ...others.map(({ record }) => JSON.parse(record)),
    { instance_id: 'demo-gone', verdict: 'improved', performance_improvement: 0.5 },
  ]
  const text = earlier.map((record) => `${JSON.stringify(record)}\n`).join('')
  expect(reportOf(members, { earlier: { file: 'earlier.jsonl', text } }).get('summary.md')).toMatchInlineSnapshot(`
    "## Demo

    4 commits: 1 improved, 1 regressed, 1 inconclusive, 1 unmeasured.

    ### Changed since the earlier build

    | commit | before | now |
    | --- | --- | --- |
    | \`demo-89895b03\` | no-change +0.10 % | **regressed** −35.0 % |
    | \`demo-2ecffa0d\` | not there | **improved** +25.9 % |
    | \`demo-gone\` | improved +50.0 % | not there any more |

    ### Faster or slower

    | commit | verdict | effect | 95 % interval | p | pairs | flags |
    | --- | --- | --- | --- | --- | --- | --- |
    | \`demo-2ecffa0d\` | improved | +25.9 % | +25.2 % to +26.7 % | 0.0078 | 8 |  |
    | \`demo-89895b03\` | regressed | −35.0 % | −36.3 % to −33.6 % | 0.0078 | 8 |  |

    ### Inconclusive: nothing can be concluded, in either direction

    | commit | estimate | 95 % interval | would have been found | pairs | stopped by |
    | --- | --- | --- | --- | --- | --- |
    | \`demo-8474d86c\` | −0.61 % | −6.2 % to +4.9 % | 6.0 % | 20 | pairs |

    ### Not measured

    | commit | stage | reason | message |
    | --- | --- | --- | --- |
    | \`demo-2010281d\` | run-gpu | \`test-crashed\` | IndexError: out of range |
    "
  `)
})

test('a dataset without a commit is refused', () => {
  expect(() => reportOf([])).toThrow('dataset without a record: demo')
})
