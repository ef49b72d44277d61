import { afterEach, beforeEach, expect, test } from 'vitest'
import { type HubServer, startHub } from '../../support/hub-server.ts'
import { build, isAt, laterBuild, pushTo } from '../../support/push-rig.ts'

const rows = 'row '.repeat(3000)
const first = build({
  'README.md': '# Demo\n',
  'data/test-00000-of-00002.parquet': `PAR1 one ${rows}`,
  'data/test-00001-of-00002.parquet': `PAR1 two ${rows}`,
  'funnel.json': '{}\n',
})
const second = laterBuild(first, {
  'README.md': '# Demo, more\n',
  'data/test-00001-of-00002.parquet': null,
  'data/test-00000-of-00002.parquet': null,
  'data/test-00000-of-00001.parquet': `PAR1 one ${rows}`,
})

let hub: HubServer
beforeEach(async () => {
  hub = await startHub()
})
afterEach(() => hub.close())

const demo = () => hub.repositories.get('tester/demo')!
const calls = (): string[] =>
  hub.requests.map(({ method, path }) => `${method} ${path.replace(/[0-9a-f]{40,64}/g, 'SHA').split('?')[0]}`)

test('the first push makes a private repository and one commit', async () => {
  const { result, log } = await pushTo(hub.url, first)
  expect(result.state).toBe('pushed')
  expect(demo().isPrivate).toBe(true)
  expect(isAt(demo(), 'main', first)).toBe(true)
  expect(demo().commit('main')).toMatchObject({ oid: result.revision, title: 'demo: 1 records' })
  expect(demo().commit(demo().commit('main')!.parent!)!.parent).toBeNull()
  expect(log.at(0)).toBe('made private repository tester/demo')
  expect(log).toContain('+ data/test-00000-of-00002.parquet (12.0 kB)')
  expect(calls()).toMatchInlineSnapshot(`
    [
      "GET /api/datasets/tester/demo/revision/main",
      "POST /api/repos/create",
      "GET /api/datasets/tester/demo/revision/main",
      "GET /api/datasets/tester/demo/tree/SHA",
      "POST /api/datasets/tester/demo/preupload/main",
      "POST /datasets/tester/demo.git/info/lfs/objects/batch",
      "PUT /storage/tester/demo/SHA",
      "PUT /storage/tester/demo/SHA",
      "POST /api/datasets/tester/demo/commit/main",
      "GET /api/datasets/tester/demo/tree/SHA",
    ]
  `)
})

test('nothing is sent when nothing changed', async () => {
  const { result } = await pushTo(hub.url, first)
  hub.requests.length = 0
  const again = await pushTo(hub.url, first)
  expect(again.result).toMatchObject({ state: 'unchanged', revision: result.revision })
  expect(calls()).toMatchInlineSnapshot(`
    [
      "GET /api/datasets/tester/demo/revision/main",
      "GET /api/datasets/tester/demo/tree/SHA",
    ]
  `)
})

test('a renamed shard costs no upload, and a stale one goes in the same commit', async () => {
  await pushTo(hub.url, first)
  hub.requests.length = 0
  const { log } = await pushTo(hub.url, second)
  expect(isAt(demo(), 'main', second)).toBe(true)
  expect(hub.requests.filter(({ method }) => method === 'PUT')).toEqual([])
  expect(log).toContain('- data/test-00001-of-00002.parquet (12.0 kB)')
  expect(log).toContain('+ data/test-00000-of-00001.parquet (12.0 kB, stored there already)')
})

test('a dry run says what would be done and does nothing', async () => {
  const { result, log } = await pushTo(hub.url, first, { dryRun: true })
  expect(result).toMatchObject({ state: 'planned', revision: null })
  expect(hub.repositories.size).toBe(0)
  expect(log).toMatchInlineSnapshot(`
    [
      "no such repository yet: tester/demo; it would be private",
      "+ README.md (7 B)",
      "+ data/test-00000-of-00002.parquet (12.0 kB)",
      "+ data/test-00001-of-00002.parquet (12.0 kB)",
      "+ funnel.json (3 B)",
      "+ manifest.json (864 B)",
      "5 added, 0 changed, 0 unchanged, 0 deleted: 24.9 kB to send",
    ]
  `)
  await pushTo(hub.url, first)
  hub.requests.length = 0
  const planned = await pushTo(hub.url, second, { dryRun: true })
  expect(planned.log.at(-1)).toMatchInlineSnapshot(`"1 added, 2 changed, 1 unchanged, 2 deleted: 685 B to send"`)
  expect(hub.requests.every(({ method }) => method === 'GET')).toBe(true)
  expect(isAt(demo(), 'main', first)).toBe(true)
})

test('large files go in parts where the storage wants parts', async () => {
  await hub.close()
  hub = await startHub({ partBytes: 5000 })
  await pushTo(hub.url, first)
  expect(isAt(demo(), 'main', first)).toBe(true)
  expect(hub.requests.filter(({ method }) => method === 'PUT').map(({ bodyBytes }) => bodyBytes)).toEqual(
    expect.arrayContaining([5000, 2009]),
  )
})

test('a pull request leaves the branch as it is, and is not made twice', async () => {
  await pushTo(hub.url, first)
  const { result } = await pushTo(hub.url, second, { asPullRequest: true })
  expect(result).toMatchObject({ state: 'proposed', pullRequestUrl: `${hub.url}/datasets/tester/demo/discussions/1` })
  expect(isAt(demo(), 'main', first)).toBe(true)
  expect(isAt(demo(), 'refs/pr/1', second)).toBe(true)
  const again = await pushTo(hub.url, second, { asPullRequest: true })
  expect(again.result).toEqual({ ...result })
  expect(demo().commit('refs/pr/2')).toBeUndefined()
})

test('a release is a tag on the revision, and does not move', async () => {
  const { result } = await pushTo(hub.url, first, { tag: 'v1' })
  expect(demo().tags.get('v1')).toBe(result.revision)
  expect((await pushTo(hub.url, first, { tag: 'v1' })).log).toContain('tagged already: v1')
  await expect(pushTo(hub.url, second, { tag: 'v1' })).rejects.toMatchObject({ code: 'bad-input' })
  expect(demo().tags.get('v1')).toBe(result.revision)
  await expect(pushTo(hub.url, second, { tag: 'v2', asPullRequest: true })).rejects.toThrow('cannot be tagged: v2')
})

test('files that no build wrote are left alone', async () => {
  const repository = hub.repository('tester/demo')
  const note = {
    key: 'file',
    value: { path: 'notes/why.md', content: Buffer.from('mine').toString('base64') },
  } as const
  repository.branches.set('main', repository.write(repository.branches.get('main')!, 'note', '', [note]))
  await pushTo(hub.url, first)
  await pushTo(hub.url, second)
  expect(demo().texts('main')['notes/why.md']).toBe('mine')
})

const edit = (path: string, text: string): string => {
  const value = { path, content: Buffer.from(text).toString('base64') }
  const oid = demo().write(demo().branches.get('main')!, 'edit', '', [{ key: 'file', value }])
  demo().branches.set('main', oid)
  return oid
}

test('an edit by somebody else stops the push until it is given up by revision', async () => {
  await pushTo(hub.url, first)
  const oid = edit('README.md', '# A person was here')
  await expect(pushTo(hub.url, second)).rejects.toMatchObject({
    code: 'bad-input',
    message: 'not written by a build, and would be lost on tester/demo: README.md',
    hint: `look at it there; to give it up, push with --overwrite=${oid}`,
  })
  await expect(pushTo(hub.url, second, { overwrite: '0'.repeat(40) })).rejects.toThrow('would be lost')
  expect(demo().texts('main')['README.md']).toBe('# A person was here')
  await pushTo(hub.url, second, { overwrite: oid })
  expect(isAt(demo(), 'main', second)).toBe(true)
})

test('a file that was there before the first push stops it too', async () => {
  hub.repository('tester/demo')
  edit('README.md', 'made on the web page')
  await expect(pushTo(hub.url, first)).rejects.toThrow('would be lost on tester/demo: README.md')
})

test('rows of another machine are not dropped', async () => {
  await pushTo(hub.url, laterBuild(first, {}, ['demo-1', 'demo-2']))
  await expect(pushTo(hub.url, second)).rejects.toThrow('1 rows of tester/demo are not in this build: demo-2')
})

test('a repository of another dataset is left alone', async () => {
  await pushTo(hub.url, first)
  const manifest = JSON.parse(demo().texts('main')['manifest.json']!) as object
  edit('manifest.json', JSON.stringify({ ...manifest, dataset: 'other' }))
  await expect(pushTo(hub.url, second)).rejects.toThrow('tester/demo holds another dataset: other')
})
