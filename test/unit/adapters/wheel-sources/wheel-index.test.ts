import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { chooseInterpreter } from '../../../../plugins/isobench/src/adapters/python.ts'
import { probeIndex } from '../../../../plugins/isobench/src/adapters/wheel-sources/wheel-index.ts'
import { openWheelStore } from '../../../../plugins/isobench/src/adapters/wheel-store.ts'
import { type WheelHost, startWheelHost } from '../../../support/wheel-host.ts'
import { makeWheel } from '../../../support/wheels.ts'

const hash = '98f47f2a40320f23d5a1ebce0bd10ebdd8c0ee44'
const commit = { hash, commitDate: '2024-11-28T00:00:00Z' }
const version = '0.6.4.dev2+g98f47f2a4'
const constant = `/${hash}/my_sample-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl`
const named = `my_sample-${version}-cp38-abi3-manylinux1_x86_64.whl`

let host: WheelHost
let folder: string
beforeEach(async () => {
  host = await startWheelHost()
  folder = await mkdtemp(join(tmpdir(), 'isobench-index-'))
})
afterEach(() => Promise.all([host.close(), rm(folder, { recursive: true })]))

function probe(urls = [host.url]) {
  const store = openWheelStore(folder, () => chooseInterpreter(['>=3.8']))
  return probeIndex(commit, { urls, distribution: 'My.Sample', platform: 'linux-x86_64', store })
}

function wheel(files: Readonly<Record<string, string>> = { 'my_sample/__init__.py': '' }) {
  return makeWheel({ name: 'my-sample', version, files })
}

test('the constant name gives the wheel, kept under its true name', async () => {
  host.files.set(constant, await wheel())
  expect(await probe()).toMatchObject({
    wheel: { rung: 'wheel-index', version, filename: named, location: `${host.url}${constant}` },
    attempts: [{ rung: 'wheel-index', location: `${host.url}${constant}`, answer: 'HTTP 200' }],
  })
  await probe()
  expect(host.requests).toEqual([`HEAD ${constant}`, `GET ${constant}`, `HEAD ${constant}`])
})

test('the page of the commit gives the wheel for this platform', async () => {
  const escaped = named.replace('+', '%2B')
  host.files.set(`/${hash}/${named}`, await wheel())
  host.files.set(
    `/${hash}/my-sample/`,
    `<a href="../my_sample-${version}-cp38-abi3-manylinux_2_31_aarch64.whl">x</a><br/>
     <a href="../other-1.0-py3-none-any.whl">x</a><a href="../my_sample-1.0.tar.gz">x</a>
     <a data-x="1" href='../${escaped}#sha256=0'>x</a>`,
  )
  expect(await probe()).toMatchObject({
    wheel: { version, location: `${host.url}/${hash}/${escaped}` },
    attempts: [{ answer: 'HTTP 404' }, { location: `${host.url}/${hash}/${escaped}`, answer: 'HTTP 200' }],
  })
})

test('every host is tried, and every place is told', async () => {
  host.files.set(`/mirror/${hash}/my-sample/`, 'nothing here')
  const result = await probe([`${host.url}/`, `${host.url}/mirror`])
  expect(result.wheel).toBeNull()
  expect(result.attempts.map(({ location, answer }) => `${answer} ${location.slice(host.url.length)}`)).toEqual([
    `HTTP 404 ${constant}`,
    `HTTP 404 /${hash}/my-sample/`,
    `HTTP 404 /mirror${constant}`,
    `HTTP 200, no wheel for this platform /mirror/${hash}/my-sample/`,
  ])
})

test('a wheel that climbs out is refused and not kept', async () => {
  host.files.set(constant, await wheel({ '../../outside.py': '' }))
  const result = await probe()
  expect(result.wheel).toBeNull()
  expect(result.attempts[0]!.answer).toBe('refused: member climbs out: ../../outside.py')
  expect(await readdir(folder)).not.toContain('wheels')
})

test('a wheel that the host has damaged is refused', async () => {
  host.files.set(constant, (await wheel()).subarray(0, 200))
  expect((await probe()).attempts[0]!.answer).toBe('refused: not a whole zip file: File is not a zip file')
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
  host.faults.set(constant, { status: 500, times: 2 })
  expect((await probe()).wheel).toMatchObject({ version })
})
