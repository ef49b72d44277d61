import { expect, test } from 'vitest'
import { localizeLock, lockOfOne, lockedPackages, publishLock } from '../../../plugins/isobench/src/domain/lock.ts'

const sha256 = 'a'.repeat(64)
const built = {
  name: 'My_Sample',
  version: '1.0',
  filename: 'my_sample-1.0-py3-none-any.whl',
  location: `build:${'0'.repeat(40)}`,
  sha256,
}
const fetched = { ...built, location: 'http://wheels.example/x/my_sample-1.0-py3-none-any.whl' }

/** What uv writes for a wheel of ours and a dependency. */
const compiled = `lock-version = "1.0"
created-by = "uv"
requires-python = ">=3.11.7"

[[packages]]
name = "dependency"
version = "2.0"
wheels = [{ url = "http://index.example/dependency.whl", hashes = { sha256 = "${'b'.repeat(64)}" } }]

[[packages]]
name = "my-sample"
version = "1.0"
archive = { path = "/home/somebody/store/my_sample-1.0-py3-none-any.whl", hashes = { sha256 = "${sha256}" } }
`

test('a lock of one wheel names it by its file', () => {
  expect(lockOfOne(built, '3.11.7')).toMatchInlineSnapshot(`
    "lock-version = "1.0"
    created-by = "isobench"
    requires-python = "==3.11.*"

    [[packages]]
    name = "my-sample"
    version = "1.0"
    archive = { path = "my_sample-1.0-py3-none-any.whl", hashes = { sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } }
    "
  `)
})

test('a published lock names no path, and is the installer’s again with one', () => {
  const published = publishLock(compiled, fetched)
  expect(published).not.toContain('/home/somebody')
  expect(published).toContain(`archive = { url = "${fetched.location}", hashes = { sha256 = "${sha256}" } }`)
  expect(localizeLock(published, fetched, '/home/somebody/store/my_sample-1.0-py3-none-any.whl')).toBe(compiled)
  expect(lockedPackages(published)).toEqual(['dependency', 'my-sample'])
})

test('a lock of another wheel is refused', () => {
  const other = { ...built, sha256: 'c'.repeat(64) }
  expect(() => localizeLock(compiled, other, '/x.whl')).toThrowErrorMatchingInlineSnapshot(
    `[IsobenchError: lock does not pin the wheel of \`My_Sample\`: cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc]`,
  )
  expect(() => localizeLock(compiled, { ...built, name: 'other' }, '/x.whl')).toThrow('lock does not pin')
})
