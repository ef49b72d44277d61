import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { chooseInterpreter } from '../../../../plugins/isobench/src/adapters/python.ts'
import { fetchWheel } from '../../../../plugins/isobench/src/adapters/wheel-sources/fetch-wheel.ts'
import type { WantedContent } from '../../../../plugins/isobench/src/domain/wheel-content.ts'
import { probeIndex } from '../../../../plugins/isobench/src/adapters/wheel-sources/wheel-index.ts'
import { openWheelStore } from '../../../../plugins/isobench/src/adapters/wheel-store.ts'
import { type WheelHost, startWheelHost } from '../../../support/wheel-host.ts'
import { makeWheel } from '../../../support/wheels.ts'

const hash = '98f47f2a40320f23d5a1ebce0bd10ebdd8c0ee44'
const commit = { hash, commitDate: '2024-11-28T00:00:00Z' }
const version = '0.6.4.dev2+g98f47f2a4'
const page = `/${hash}/my-sample/`
const constant = `/${hash}/my_sample-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl`
const absent = [`HTTP 404 ${page}metadata.json`, `HTTP 404 ${page}`]
const named = `my_sample-${version}-cp38-abi3-manylinux1_x86_64.whl`

let host: WheelHost
let folder: string
beforeEach(async () => {
  host = await startWheelHost()
  folder = await mkdtemp(join(tmpdir(), 'isobench-index-'))
})
afterEach(() => Promise.all([host.close(), rm(folder, { recursive: true })]))

interface Options {
  readonly urls?: readonly string[]
  readonly declared?: string
  readonly variant?: string
  readonly python?: string
  readonly forbiddenIsAbsent?: boolean
}

function probe({ urls = [host.url], declared, variant, python, forbiddenIsAbsent = false }: Options = {}) {
  const store = openWheelStore(folder, () => chooseInterpreter(['>=3.8']))
  const wanted = { distribution: 'My.Sample', platform: 'linux-x86_64', glibc: '2.36', python, forbiddenIsAbsent }
  const read = (url: string, content: WantedContent) => fetchWheel(url, store, content)
  return probeIndex(commit, { ...wanted, urls, variant, read, declaredVersion: () => Promise.resolve(declared) })
}

/** `ANSWER /path` of every place that was tried. */
async function walk(options: Options = {}) {
  const { attempts } = await probe(options)
  return attempts.map(({ location, answer }) => `${answer} ${location.slice(host.url.length)}`)
}

function wheel(files: Readonly<Record<string, string>> = { 'my_sample/__init__.py': '' }) {
  return makeWheel({ name: 'my-sample', version, files })
}

test('the constant name gives the wheel, kept under its true name, and it is fetched once', async () => {
  host.files.set(constant, await wheel())
  expect((await probe()).wheel).toMatchObject({
    rung: 'wheel-index',
    version,
    filename: named,
    location: `${host.url}${constant}`,
  })
  await probe()
  const asked = [`GET ${page}metadata.json`, `GET ${page}`]
  expect(host.requests).toEqual([...asked, `GET ${constant}`, ...asked])
})

const escaped = named.replace('+', '%2B')
const listed = (...paths: string[]) => JSON.stringify(paths.map((path) => ({ package_name: 'my-sample', path })))
const first = (tag: string) => `/${hash}/my_sample-0.5.3.post1-${tag}-manylinux1_x86_64.whl`

/** A commit of each era (reference/wheels.md §1.1): what its folder holds, and every place that is tried. */
const eras: readonly {
  readonly era: string
  readonly wheel: string | null
  readonly lists?: Readonly<Record<string, string>>
  readonly options?: Options
  readonly tried: readonly string[]
}[] = [
  {
    era: 'before July 2024: no wheel',
    wheel: null,
    options: { declared: '0.5.1' },
    tried: [
      ...absent,
      `HTTP 404 ${constant}`,
      ...['cp38-abi3', 'cp311-cp311', 'cp310-cp310'].map((tag) => `HTTP 404 ${first(tag).replace('.3.post1', '.1')}`),
    ],
  },
  {
    era: 'its first week: the version of the tree, one wheel for each Python',
    wheel: first('cp310-cp310'),
    options: { declared: '0.5.3.post1', python: '3.10' },
    tried: [...absent, `HTTP 404 ${constant}`, `HTTP 404 ${first('cp38-abi3')}`, `HTTP 200 ${first('cp310-cp310')}`],
  },
  {
    era: 'to September 2024: the version of the tree',
    wheel: first('cp38-abi3'),
    options: { declared: '0.5.3.post1' },
    tried: [...absent, `HTTP 404 ${constant}`, `HTTP 200 ${first('cp38-abi3')}`],
  },
  {
    era: 'to January 2025: the constant name',
    wheel: constant,
    tried: [...absent, `HTTP 200 ${constant}`],
  },
  {
    era: 'to December 2025: the true name, on a page',
    wheel: `/${hash}/${named}`,
    lists: { [page]: `<a href="../${escaped}">${named}/</a><br/>` },
    tried: [absent[0]!, `HTTP 200 /${hash}/${escaped}`],
  },
  {
    era: 'since December 2025: the true name, in metadata.json',
    wheel: `/${hash}/${named}`,
    lists: { [`${page}metadata.json`]: listed(`../${escaped}`), [page]: `<a href="../${escaped}">x</a>` },
    tried: [`HTTP 200 /${hash}/${escaped}`],
  },
  {
    era: 'since December 2025: a variant',
    wheel: `/${hash}/${named.replace('-cp38', '.cu129-cp38')}`,
    lists: {
      [`/${hash}/cu129/my-sample/metadata.json`]: listed(`../../${escaped.replace('-cp38', '.cu129-cp38')}`),
      [`${page}metadata.json`]: listed('../my_sample-9-py3-none-any.whl'),
    },
    options: { variant: 'cu129' },
    tried: [`HTTP 200 /${hash}/${escaped.replace('-cp38', '.cu129-cp38')}`],
  },
]

test.each(eras)('$era', async ({ wheel: path, lists = {}, options, tried }) => {
  if (path !== null) host.files.set(path, await wheel())
  for (const [list, text] of Object.entries(lists)) host.files.set(list, text)
  expect(await walk(options)).toEqual(tried)
})

test('a variant that is not there is not made up for by the default wheels', async () => {
  host.files.set(constant, await wheel())
  host.files.set(`/${hash}/${named}`, await wheel())
  host.files.set(page, `<a href="../${escaped}">x</a>`)
  const variant = `/${hash}/cu129/my-sample/`
  expect(await walk({ variant: 'cu129', declared: '1.0' })).toEqual([
    `HTTP 404 ${variant}metadata.json`,
    `HTTP 404 ${variant}`,
  ])
})

test('only wheels of the package for this platform and Python are taken from a page', async () => {
  host.files.set(`/${hash}/${named}`, await wheel())
  host.files.set(
    page,
    `<a href="../my_sample-${version}-cp38-abi3-manylinux_2_31_aarch64.whl">x</a><br/>
     <a href="../my_sample-${version}-cp38-abi3-macosx_11_0_x86_64.whl">x</a>
     <a href="../my_sample-${version}-cp310-cp310-manylinux1_x86_64.whl">x</a>
     <a href="../other-1.0-py3-none-any.whl">x</a><a href="../my_sample-1.0.tar.gz">x</a>
     <a href="https://">x</a><a data-x="1" href='../${named}#sha256=0'>x</a>`,
  )
  expect(await walk({ python: '3.11' })).toEqual([absent[0], `HTTP 200 /${hash}/${escaped}`])
})

test('a list that names no wheel, is none, or names one that is gone, is told and passed over', async () => {
  host.files.set(`${page}metadata.json`, '{"message": "moved"}')
  host.files.set(page, `<a href="../${escaped}">x</a>`)
  host.files.set(constant, await wheel())
  expect(await walk()).toEqual([
    `HTTP 200, not a list of wheels ${page}metadata.json`,
    `HTTP 404 /${hash}/${escaped}`,
    `HTTP 200 ${constant}`,
  ])
})

test('every host is tried, and every place is told', async () => {
  host.files.set(`/mirror${page}`, 'nothing here')
  expect(await walk({ urls: [`${host.url}/`, `${host.url}/mirror`] })).toEqual([
    ...absent,
    `HTTP 404 ${constant}`,
    `HTTP 404 /mirror${page}metadata.json`,
    `HTTP 200, no wheel of this package /mirror${page}`,
    `HTTP 404 /mirror${constant}`,
  ])
})

test('a wheel that climbs out is refused and not kept', async () => {
  host.files.set(constant, await wheel({ '../../outside.py': '' }))
  const result = await probe()
  expect(result.wheel).toBeNull()
  expect(result.attempts.at(-1)!.answer).toBe('refused: member climbs out: ../../outside.py')
  expect(await readdir(folder)).not.toContain('wheels')
})

test('a wheel that the host has damaged is refused', async () => {
  host.files.set(constant, (await wheel()).subarray(0, 200))
  expect((await probe()).attempts.at(-1)!.answer).toBe('refused: not a whole zip file: File is not a zip file')
})

test('a transfer that ends too early, and a host that refuses, are no answers', async () => {
  host.files.set(constant, await wheel())
  host.faults.set(constant, 'cut')
  await expect(probe()).rejects.toMatchObject({ code: 'network' })
  host.faults.set(constant, { status: 403 })
  await expect(probe()).rejects.toMatchObject({
    code: 'network',
    message: `cannot reach ${host.url}${constant}: HTTP 403`,
  })
  host.files.set(page, `<a href="../${escaped}">x</a>`)
  host.faults.set(page, 'cut')
  await expect(probe()).rejects.toMatchObject({ code: 'network' })
  host.faults.delete(page)
  host.files.delete(page)
  host.faults.set(constant, { status: 500, times: 2 })
  expect((await probe()).wheel).toMatchObject({ version })
})
