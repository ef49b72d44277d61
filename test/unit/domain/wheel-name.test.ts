import { expect, test } from 'vitest'
import { normalizeName, parseWheelName, pythonOfTags } from '../../../plugins/isobench/src/domain/wheel-name.ts'

test('a file name is read', () => {
  const filename = 'vllm-0.6.4.dev2+g98f47f2a4-cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl'
  expect(parseWheelName(filename)).toEqual({
    distribution: 'vllm',
    version: '0.6.4.dev2+g98f47f2a4',
    pythonTags: ['cp38'],
    abiTags: ['abi3'],
    platformTags: ['manylinux_2_17_x86_64', 'manylinux2014_x86_64'],
  })
})

test.each(['vllm-1.0.tar.gz', 'vllm-1.0-py3.whl', '.whl', 'a--py3-none-any.whl', 'a-b-c-d-e-f-g.whl'])(
  '`%s` is no name of a wheel',
  (filename) => {
    expect(parseWheelName(filename)).toBeUndefined()
  },
)

test.each([
  ['x-1-cp38-abi3-linux_x86_64.whl', '>=3.8'],
  ['x-1-cp311-cp311-linux_x86_64.whl', '==3.11.*'],
  ['x-1-py3-none-any.whl', ''],
  ['x-1-py2.py3-none-any.whl', ''],
  ['x-1-1-cp39-none-any.whl', '>=3.9'],
])('`%s` allows Python `%s`', (filename, specifier) => {
  expect(pythonOfTags(parseWheelName(filename)!)).toBe(specifier)
})

test('a name has one spelling', () => {
  expect(normalizeName('Foo__Bar.baz')).toBe('foo-bar-baz')
})
