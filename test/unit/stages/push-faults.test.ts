import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type HubFault, type HubRequest, type HubServer, startHub } from '../../support/hub-server.ts'
import { type Build, build, isAt, laterBuild, pushTo } from '../../support/push-rig.ts'

const rows = 'row '.repeat(3000)
const texts = { 'README.md': '# Demo\n', 'data/test-00000-of-00001.parquet': `PAR1 one ${rows}`, 'funnel.json': '{}\n' }
const first = build(texts)
const secondTexts = { ...texts, 'README.md': '# More\n', 'data/test-00000-of-00001.parquet': `PAR1 two ${rows}` }
const second = build(secondTexts)

let hub: HubServer
beforeEach(async () => {
  hub = await startHub()
})
afterEach(() => hub.close())

const demo = () => hub.repositories.get('tester/demo')!
const isCommit = ({ path }: HubRequest): boolean => path.includes('/commit/main')

/** The first so many requests that fit get the fault. */
function once(fits: (request: HubRequest) => boolean, fault: HubFault, times = 1): void {
  let left = times
  hub.fault = (request) => (left > 0 && fits(request) && left-- > 0 ? fault : undefined)
}

/** The remote is a whole old or a whole new revision; a rerun without the fault finishes. */
async function finishes(from: Build | null, to: Build): Promise<void> {
  hub.fault = () => undefined
  if (demo() !== undefined && from !== null) expect(isAt(demo(), 'main', from) || isAt(demo(), 'main', to)).toBe(true)
  await pushTo(hub.url, to)
  expect(isAt(demo(), 'main', to)).toBe(true)
}

const commits = (): number => demo().commits.size

test.each([
  [401, 'credential-missing', /^the Hub does not accept the token for tester\/demo: /],
  [403, 'credential-missing', /^no right to tester\/demo: /],
])('%i at any request ends the push with what to do', async (status, code, message) => {
  await pushTo(hub.url, first)
  for (const part of ['/revision/', '/tree/', '/preupload/', '/objects/batch', '/commit/main']) {
    once(({ path }) => path.includes(part), { status })
    await expect(pushTo(hub.url, second), part).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(isAt(demo(), 'main', first)).toBe(true)
  }
  await finishes(first, second)
})

test.each([409, 412, 500, 502, 503])('%i at the commit is tried again after another look', async (status) => {
  await pushTo(hub.url, first)
  const before = commits()
  once(isCommit, { status }, 2)
  const { result, waits } = await pushTo(hub.url, second)
  expect(result.state).toBe('pushed')
  expect(waits).toEqual([1, 2])
  expect(commits()).toBe(before + 1)
  await finishes(first, second)
})

test.each<[Record<string, string>, number]>([
  [{ 'retry-after': '17' }, 17],
  [{ ratelimit: '"api";r=0;t=55' }, 55],
  [{}, 1],
])('429 with %j waits as the Hub asks', async (headers, seconds) => {
  await pushTo(hub.url, first)
  once(isCommit, { status: 429, headers })
  expect((await pushTo(hub.url, second)).waits).toEqual([seconds])
  once(({ path }) => path.includes('/tree/'), { status: 429, headers })
  expect((await pushTo(hub.url, first)).waits).toEqual([seconds])
  await finishes(first, second)
})

test('429 for ever ends with the remote as it was', async () => {
  await pushTo(hub.url, first)
  once(isCommit, { status: 429 }, 1000)
  await expect(pushTo(hub.url, second)).rejects.toMatchObject({ code: 'rate-limited' })
  expect(isAt(demo(), 'main', first)).toBe(true)
  await finishes(first, second)
})

test.each<[string, HubFault]>([
  ['500', { status: 500, afterwards: true }],
  ['a cut connection', 'cut-after'],
])('a commit that landed in spite of %s is recognised', async (_, fault) => {
  await pushTo(hub.url, first)
  const before = commits()
  once(isCommit, fault)
  const { result } = await pushTo(hub.url, second)
  expect(result.state).toBe('unchanged')
  expect(commits()).toBe(before + 1)
  await finishes(second, second)
})

test('so is a pull request', async () => {
  await pushTo(hub.url, first)
  once(isCommit, 'cut-after')
  const { result } = await pushTo(hub.url, second, { asPullRequest: true })
  expect(result.pullRequestUrl).toMatch(/discussions\/1$/)
  expect([...demo().branches.keys()]).toEqual(['main', 'refs/pr/1'])
  await finishes(first, second)
})

test.each<HubFault>(['cut', 'cut-after', { status: 500 }, { status: 503, afterwards: true }])(
  'any one request may fail by %j',
  async (fault) => {
    await pushTo(hub.url, first)
    hub.requests.length = 0
    await pushTo(hub.url, second)
    const count = hub.requests.length
    for (let index = 0; index < count; index++) {
      const target = index % 2 === 0 ? first : second
      hub.requests.length = 0
      hub.fault = (_, number) => (number === index ? fault : undefined)
      await pushTo(hub.url, target)
      expect(isAt(demo(), 'main', target), `request ${index}`).toBe(true)
    }
  },
)

test('an upload that is cut in parts starts again', async () => {
  await hub.close()
  hub = await startHub({ partBytes: 3000 })
  let seen = 0
  hub.fault = ({ method }) => (method === 'PUT' && ++seen % 2 === 1 ? 'cut' : undefined)
  await pushTo(hub.url, first)
  once(({ method, path }) => method === 'POST' && path.startsWith('/storage/'), { status: 500, afterwards: true })
  await pushTo(hub.url, second)
  await finishes(second, second)
})

test('a head that lags behind our own commit or that of another is waited for', async () => {
  await pushTo(hub.url, first)
  const old = demo().branches.get('main')!
  await pushTo(hub.url, second)
  hub.lag = old
  let looks = 0
  hub.fault = ({ path }) => {
    if (path.includes('/revision/main') && ++looks === 4) hub.lag = null
    return undefined
  }
  const { result, waits } = await pushTo(hub.url, laterBuild(second, { 'funnel.json': '{"commits":1}\n' }))
  expect(result.state).toBe('pushed')
  expect(waits).toEqual([1, 2, 4])
  expect(demo().commit('main')!.parent).not.toBe(old)
})

test('two pushers at once: both end, one after the other', async () => {
  await pushTo(hub.url, first)
  const third = laterBuild(second, { 'funnel.json': '{"commits":2}\n' })
  const results = await Promise.all([pushTo(hub.url, second), pushTo(hub.url, third)])
  expect(results.map(({ result }) => result.state)).toEqual(['pushed', 'pushed'])
  expect(isAt(demo(), 'main', second) || isAt(demo(), 'main', third)).toBe(true)
  await finishes(null, third)
})

test('two pushers with different rows: the second is stopped, not the first undone', async () => {
  await pushTo(hub.url, first)
  const more = laterBuild(second, {}, ['demo-1', 'demo-2'])
  const other = laterBuild(second, { 'funnel.json': '{"commits":9}\n' }, ['demo-1', 'demo-3'])
  const results = await Promise.allSettled([pushTo(hub.url, more), pushTo(hub.url, other)])
  const refused = results.filter((result) => result.status === 'rejected')
  expect(refused.map(({ reason }) => String(reason))).toEqual([
    expect.stringMatching(/1 rows of tester\/demo are not in this build: demo-[23]/),
  ])
  expect(isAt(demo(), 'main', more) || isAt(demo(), 'main', other)).toBe(true)
})

test('a repository that is deleted in between is made again', async () => {
  await pushTo(hub.url, first)
  for (const part of ['/tree/', '/preupload/', '/objects/batch', '/storage/', '/commit/main']) {
    let deleted = false
    const target = laterBuild(second, { 'data/test-00000-of-00001.parquet': `PAR1 ${part} ${rows}` })
    hub.fault = ({ path }) => {
      if (!deleted && path.includes(part)) deleted = hub.repositories.delete('tester/demo')
      return undefined
    }
    await pushTo(hub.url, target)
    expect(deleted, part).toBe(true)
    expect(isAt(demo(), 'main', target), part).toBe(true)
  }
})

test('large files that the Hub forgot are sent again', async () => {
  await pushTo(hub.url, first)
  let forgot = false
  hub.fault = (request) => {
    if (!forgot && isCommit(request)) {
      forgot = true
      demo().largeFiles.clear()
    }
    return undefined
  }
  const { waits } = await pushTo(hub.url, second)
  expect(waits).toEqual([1])
  expect(isAt(demo(), 'main', second)).toBe(true)
})

test('killed at every request, the remote is whole and a rerun finishes', async () => {
  await pushTo(hub.url, first)
  let count = Number.POSITIVE_INFINITY
  for (let index = 0; index < count; index++) {
    const isForth = index % 2 === 0
    const [from, to] = isForth ? [first, second] : [second, first]
    hub.requests.length = 0
    const child = spawn(process.execPath, [
      join(import.meta.dirname, '../../support/push-process.ts'),
      hub.url,
      JSON.stringify(isForth ? secondTexts : texts),
    ])
    let killed = false
    hub.fault = (_, number) => {
      if (number === index) killed = child.kill('SIGKILL')
      return undefined
    }
    await new Promise((resolve) => void child.on('close', resolve))
    await finishes(from, to)
    if (!killed) count = index
  }
  expect(count).toBeGreaterThan(5)
})
