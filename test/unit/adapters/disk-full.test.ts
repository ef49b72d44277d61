import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { namingDiskFull, refuseDiskFull } from '../../../plugins/isobench/src/adapters/disk-full.ts'

const hint = expect.stringContaining('clean-store')

test('what Node says of a full disk gets a name and a hint', async () => {
  const error: unknown = await writeFile('/dev/full', 'x').catch((caught: unknown) => caught)
  expect(namingDiskFull(error)).toMatchObject({
    code: 'disk-full',
    message: 'no space left on the disk: ENOSPC: no space left on device, write',
    hint,
  })
})

test('any other error stays as it is', () => {
  for (const error of [new Error('no'), Object.assign(new Error('no'), { code: 'ENOENT' }), 'text', undefined]) {
    expect(namingDiskFull(error)).toBe(error)
  }
})

test('what a program says of a full disk is thrown, the line that says most last', () => {
  const output = 'error: Failed to install\n  cause: failed to copy file to /x: No space left on device (os error 28)\n'
  expect(() => refuseDiskFull(output)).toThrow(
    'no space left on the disk: failed to copy file to /x: No space left on device (os error 28)',
  )
  expect(() => refuseDiskFull('error: no such file')).not.toThrow()
})
