import { expect, test } from 'vitest'
import { type Machine, bestFirst, unfit } from '../../../plugins/isobench/src/domain/wheel-fit.ts'
import { parseWheelName } from '../../../plugins/isobench/src/domain/wheel-name.ts'

const machine: Machine = { platform: 'linux-x86_64', glibc: '2.36', python: undefined }

function judge(tags: string, change: Partial<Machine> = {}): string | null {
  return unfit(parseWheelName(`sample-1.0-${tags}.whl`)!, { ...machine, ...change })?.objection ?? null
}

test.each([
  ['py3-none-any', {}],
  ['py2.py3-none-any', {}],
  ['cp38-abi3-manylinux1_x86_64', {}],
  ['cp38-abi3-manylinux_2_36_x86_64', {}],
  ['cp311-cp311-manylinux_2_99_x86_64.manylinux2014_x86_64', { python: '3.11' }],
  ['cp310.cp311-none-linux_x86_64', { python: '3.11' }],
  ['cp38-abi3-manylinux_2_17_aarch64', { platform: 'linux-aarch64' }],
  ['cp38-abi3-musllinux_1_2_x86_64', { glibc: null }],
  ['cp312-cp312-macosx_11_0_arm64', { platform: 'darwin-arm64', glibc: null, python: '3.12' }],
  ['cp312-cp312-macosx_10_9_universal2', { platform: 'darwin-arm64', glibc: null, python: '3.12' }],
])('%s fits', (tags, change) => {
  expect(judge(tags, change)).toBeNull()
})

test.each([
  ['cp38-abi3-manylinux_2_39_x86_64', {}, 'not for this machine: it needs glibc 2.39, this machine has: 2.36'],
  ['cp38-abi3-manylinux1_x86_64', { glibc: null }, 'not for this machine: it needs glibc 2.5, this machine has: none'],
  ['cp38-abi3-musllinux_1_2_x86_64', {}, 'not for this machine: it needs musl, this machine has glibc: 2.36'],
  ['py3-none-win_amd64', {}, 'not for this machine: it is for win_amd64, this is: linux-x86_64'],
  [
    'cp38-abi3-manylinux_2_17_aarch64',
    { python: '2.7' },
    'not for this machine: it is for manylinux_2_17_aarch64, this is: linux-x86_64',
  ],
  ['cp310-cp310-linux_x86_64', { python: '3.11' }, 'not for this Python: it is for cp310-cp310, wanted: 3.11'],
  ['cp312-abi3-linux_x86_64', { python: '3.11' }, 'not for this Python: it is for cp312-abi3, wanted: 3.11'],
  ['py2-none-any', {}, 'not for this Python: it is for py2-none, wanted: CPython 3'],
  ['pp310-pypy310_pp73-linux_x86_64', {}, 'not for this Python: it is for pp310-pypy310_pp73, wanted: CPython 3'],
  ['cp313-cp313t-linux_x86_64', { python: '3.13' }, 'not for this Python: it is for cp313-cp313t, wanted: 3.13'],
])('%s does not fit %j', (tags, change, objection) => {
  expect(judge(tags, change)).toBe(objection)
})

test('of the wheels of one release, the one an installer would take comes first', () => {
  const tags = [
    'py3-none-any',
    'cp38-abi3-manylinux_2_28_x86_64',
    'cp39-cp39-manylinux_2_28_x86_64',
    'cp311-cp311-manylinux2014_x86_64',
    'cp311-cp311-manylinux_2_28_x86_64',
  ]
  const names = tags.map((each) => `sample-1.0-${each}.whl`)
  const wheels = names.map((filename) => ({ ...parseWheelName(filename)!, filename }))
  expect(wheels.toSorted(bestFirst).map(({ filename }) => filename)).toEqual(names.toReversed())
  expect(
    wheels
      .toReversed()
      .toSorted(bestFirst)
      .map(({ filename }) => filename),
  ).toEqual(names.toReversed())
})
