import { expect, test } from 'vitest'
import { preflightLines } from '../../../plugins/isobench/src/domain/preflight-text.ts'
import { notComparable, preflightOf } from '../../../plugins/isobench/src/domain/preflight.ts'
import {
  Preflight,
  type PreflightCommit,
  type PreflightProblem,
  type PreflightSide,
} from '../../../plugins/isobench/src/schema/preflight.ts'

const url = 'https://wheels.example.org'

function side(change: Partial<PreflightSide> = {}): PreflightSide {
  const location = `${url}/sample-1.0-py3-none-any.whl`
  const attempts = [{ rung: 'wheel-index' as const, location, answer: 'HTTP 200' }]
  return { commit: 'a'.repeat(40), rung: 'wheel-index', location, version: '1.0', attempts, ...change }
}

function commit(project: string, change: Partial<PreflightCommit> = {}): PreflightCommit {
  return { project, base: side(), head: side({ version: '1.1' }), problem: null, ...change }
}

function problem(change: Partial<PreflightProblem>): PreflightProblem {
  return { reason: 'wheel-missing', side: null, message: 'why', hint: 'What helps.', ...change }
}

const absent = side({
  rung: null,
  location: null,
  version: null,
  attempts: [
    { rung: 'wheel-index', location: `${url}/a/`, answer: 'HTTP 404' },
    { rung: 'release', location: `${url}/simple/a/`, answer: 'HTTP 410' },
  ],
})
const built = side({ rung: 'build', location: 'build:a', version: null, attempts: [] })
const unreadable = problem({ reason: 'bad-input', hint: null })

const commits = [
  commit('one'),
  commit('two', {
    base: absent,
    problem: problem({ side: 'base', message: 'no wheel source has a, places tried: 2' }),
  }),
  commit('three', {
    head: absent,
    problem: problem({ side: 'head', message: 'no wheel source has b, places tried: 2' }),
  }),
  commit('four', { base: built, head: built }),
  commit('five', { base: null, head: null, problem: unreadable }),
  commit('six', { head: built, problem: problem({ reason: 'different-rungs' }) }),
  commit('seven', { problem: problem({ reason: 'same-wheel' }) }),
  commit('eight', { base: absent, problem: problem({ reason: 'network', side: 'base' }) }),
  commit('nine'),
  commit('ten', { base: null, head: null, problem: unreadable }),
]

test('every commit is installable or lost at one step for one reason', () => {
  const result = preflightOf(commits)
  expect(Preflight.parse(result)).toEqual(result)
  expect(result.steps.map(({ step, commits: left, lost }) => [step, left, lost])).toEqual([
    ['known', 8, [{ reason: 'bad-input', commits: 2 }]],
    [
      'base found',
      6,
      [
        { reason: 'network', commits: 1 },
        { reason: 'wheel-missing', commits: 1 },
      ],
    ],
    ['head found', 5, [{ reason: 'wheel-missing', commits: 1 }]],
    ['same rung', 4, [{ reason: 'different-rungs', commits: 1 }]],
    ['installable', 3, [{ reason: 'same-wheel', commits: 1 }]],
  ])
  expect(result.rungs).toEqual([
    { rung: 'wheel-index', commits: 2 },
    { rung: 'build', commits: 1 },
  ])
})

test('is printed as a table, what can be installed, and what stands against the others', () => {
  expect(`\n${preflightLines(preflightOf(commits)).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    commits      10
    known        8   bad-input 2
    base found   6   network 1, wheel-missing 1
    head found   5   wheel-missing 1
    same rung    4   different-rungs 1
    installable  3   same-wheel 1

    installable by rung: wheel-index 2, build 1
      one   wheel-index  1.0 -> 1.1
      four  build
      nine  wheel-index  1.0 -> 1.1

    bad-input: 2
      five, ten: why

    network: 1
      eight: why
        base  wheel-index  HTTP 404  https://wheels.example.org/a/
        base  release      HTTP 410  https://wheels.example.org/simple/a/
      hint: What helps.

    wheel-missing: 2
      two: no wheel source has a, places tried: 2
        base  wheel-index  HTTP 404  https://wheels.example.org/a/
        base  release      HTTP 410  https://wheels.example.org/simple/a/
      three: no wheel source has b, places tried: 2
        head  wheel-index  HTTP 404  https://wheels.example.org/a/
        head  release      HTTP 410  https://wheels.example.org/simple/a/
      hint: What helps.

    different-rungs: 1
      six: why
        base  wheel-index  HTTP 200  https://wheels.example.org/sample-1.0-py3-none-any.whl
      hint: What helps.

    same-wheel: 1
      seven: why
        base  wheel-index  HTTP 200  https://wheels.example.org/sample-1.0-py3-none-any.whl
        head  wheel-index  HTTP 200  https://wheels.example.org/sample-1.0-py3-none-any.whl
      hint: What helps.
    "
  `)
})

test('of no commit', () => {
  expect(preflightLines(preflightOf([]))).toEqual([
    'commits      0',
    'known        0',
    'base found   0',
    'head found   0',
    'same rung    0',
    'installable  0',
  ])
})

test('two wheels can be compared when they differ and come by one rung', () => {
  const base = { rung: 'wheel-index' as const, location: `${url}/a.whl`, fingerprint: 'a' }
  expect(notComparable(base, { ...base, location: `${url}/b.whl`, fingerprint: 'b' })).toBeNull()
  expect(notComparable(base, { ...base, location: `${url}/b.whl` })?.reason).toBe('same-wheel')
  expect(notComparable(base, { ...base, fingerprint: 'b' })?.reason).toBe('same-wheel')
  const unknown = { rung: 'build' as const, location: 'build:a', fingerprint: null }
  expect(notComparable(unknown, { ...unknown, location: 'build:b' })).toBeNull()
  expect(notComparable(base, unknown)?.reason).toBe('different-rungs')
})
