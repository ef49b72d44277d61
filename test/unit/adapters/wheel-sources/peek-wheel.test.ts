import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chooseInterpreter } from '../../../../plugins/isobench/src/adapters/python.ts'
import { fetchWheel } from '../../../../plugins/isobench/src/adapters/wheel-sources/fetch-wheel.ts'
import { peekWheel } from '../../../../plugins/isobench/src/adapters/wheel-sources/peek-wheel.ts'
import { openWheelStore } from '../../../../plugins/isobench/src/adapters/wheel-store.ts'
import { type WheelHost, startWheelHost } from '../../../support/wheel-host.ts'
import { type TestWheel, makeWheel } from '../../../support/wheels.ts'

const filename = 'sample-1.0-py3-none-any.whl'
const path = `/${filename}`
const wanted = { distribution: 'sample', commit: '98f47f2a40320f23d5a1ebce0bd10ebdd8c0ee44' }
const good: TestWheel = { name: 'sample', version: '1.0', requiresPython: '>=3.9', files: { 'sample.py': 'A = 1\n' } }
/** 2,000 members and more than a megabyte: neither the directory nor the whole fits into what is asked for first. */
const large: TestWheel = {
  ...good,
  files: {
    'sample/data.bin': 'x'.repeat(1_000_000),
    ...Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`sample/module_${index}.py`, ''])),
  },
}

let host: WheelHost
let folder: string
beforeEach(async () => {
  host = await startWheelHost()
  folder = await mkdtemp(join(tmpdir(), 'isobench-peek-'))
})
afterEach(() => Promise.all([host.close(), rm(folder, { recursive: true })]))

async function serve(wheel: TestWheel, change = (bytes: Buffer) => bytes) {
  host.files.set(path, change(Buffer.from(await makeWheel(wheel))))
}

/** What a look at the wheel gives, and what a fetch of the whole does. */
async function both() {
  const store = openWheelStore(folder, () => chooseInterpreter(['>=3.8']))
  const [peeked, fetched] = [await peekWheel(host.url + path, wanted), await fetchWheel(host.url + path, store, wanted)]
  return { peeked, fetched }
}

describe('says what a fetch of the whole wheel says', () => {
  test.each([
    ['a small one', good],
    ['a deflated one', { ...good, deflated: true, requires: Array.from({ length: 500 }, () => 'x>=1') }],
    ['a large one', large],
  ])('%s', async (_, wheel) => {
    await serve(wheel)
    const { peeked, fetched } = await both()
    expect(peeked).toMatchObject({ name: 'sample', version: '1.0', requiresPython: '>=3.9', filename, sha256: null })
    expect(fetched).toMatchObject({ name: 'sample', version: '1.0', requiresPython: '>=3.9', filename })
  })

  test.each([
    ['another package', { ...good, name: 'other' }],
    ['another commit', { ...good, version: '1.0+g000000000' }],
    ['a member that climbs out', { ...good, files: { '../sample.py': '' } }],
    ['a member on a drive', { ...good, files: { 'C:/sample.py': '' } }],
    ['two METADATA', { ...good, files: { 'other-1.dist-info/METADATA': '' } }],
  ])('%s is refused', async (_, wheel) => {
    await serve(wheel)
    const { peeked, fetched } = await both()
    expect(peeked).toMatch(/^(mismatch|refused): /)
    expect(peeked).toBe(fetched)
  })

  test('a link is refused', async () => {
    await serve(good, (bytes) => {
      bytes.writeUInt32LE((0o120777 << 16) >>> 0, bytes.lastIndexOf('PK\x01\x02', undefined, 'latin1') + 38)
      return bytes
    })
    const { peeked, fetched } = await both()
    expect(peeked).toMatch(/^refused: member is a link: /)
    expect(peeked).toBe(fetched)
  })

  test('what is no whole zip file, or empty, is refused', async () => {
    for (const bytes of ['no zip file', '', (await makeWheel(large)).subarray(0, 1_000_000)]) {
      host.files.set(path, bytes)
      const { peeked, fetched } = await both()
      expect(peeked).toBe('refused: not a whole zip file')
      expect(fetched).toMatch(/^refused: not a whole zip file: /)
    }
  })

  test('what is not there is absent', async () => {
    expect(await both()).toEqual({ peeked: 'HTTP 404', fetched: 'HTTP 404' })
    host.faults.set(path, { status: 403 })
    expect(await peekWheel(host.url + path, { ...wanted, forbiddenIsAbsent: true })).toMatch(/^HTTP 403, absent/)
    await expect(peekWheel(host.url + path, wanted)).rejects.toMatchObject({ code: 'network' })
  })
})

function damagedAt(part: string) {
  return (bytes: Buffer) => {
    bytes.write('#', bytes.indexOf(part), 'latin1')
    return bytes
  }
}

test('METADATA that is damaged is refused, damage elsewhere only shows in the whole', async () => {
  await serve(good, damagedAt('Requires-Python'))
  expect((await both()).peeked).toBe('refused: damaged member: sample-1.0.dist-info/METADATA')
  await serve(good, damagedAt('A = 1'))
  const { peeked, fetched } = await both()
  expect(peeked).toMatchObject({ version: '1.0' })
  expect(fetched).toBe('refused: damaged member: sample.py')
})

test('a wheel is not fetched whole', async () => {
  await serve({ ...large, files: { ...large.files, 'sample/more.bin': 'x'.repeat(20_000_000) } })
  await peekWheel(host.url + path, wanted)
  expect(host.requests).toHaveLength(3)
  expect(host.sentBytes).toBeLessThan(500_000)
})

test('equal wheels have equal fingerprints, others do not', async () => {
  const fingerprints: unknown[] = []
  for (const source of ['A = 1\n', 'A = 1\n', 'A = 2\n']) {
    await serve({ ...good, files: { 'sample.py': source } })
    fingerprints.push(((await peekWheel(host.url + path, wanted)) as { fingerprint: string }).fingerprint)
  }
  expect(fingerprints[0]).toMatch(/^[0-9a-f]{64}$/)
  expect(fingerprints[1]).toBe(fingerprints[0])
  expect(fingerprints[2]).not.toBe(fingerprints[0])
})

test('from a host without ranges a small wheel is read, of a large one only the name is known', async () => {
  host.givesRanges = false
  await serve(good)
  expect(await peekWheel(host.url + path, wanted)).toMatchObject({ version: '1.0' })
  await serve(large)
  expect(await peekWheel(host.url + path, wanted)).toEqual({
    filename,
    name: null,
    version: null,
    requiresPython: null,
    sha256: null,
    fingerprint: null,
  })
})

test('an answer that ends too early is none', async () => {
  await serve(good)
  host.faults.set(path, 'cut')
  await expect(peekWheel(host.url + path, wanted)).rejects.toMatchObject({ code: 'network' })
})

/** The wheels that Python brings along, made by the tools of others; some distributions leave them out. */
const folderOfPython = execFileSync('python3', ['-c', 'import ensurepip; print(ensurepip.__path__[0])'], {
  encoding: 'utf8',
})
const bundled = globSync(join(folderOfPython.trim(), '_bundled/*.whl'))

test.skipIf(bundled.length === 0)('wheels that others made are read', async () => {
  for (const file of bundled) {
    const name = basename(file)
    host.files.set(`/${name}`, await readFile(file))
    const [distribution = '', version] = name.split('-')
    expect(await peekWheel(`${host.url}/${name}`, { ...wanted, distribution })).toMatchObject({ version })
  }
})
