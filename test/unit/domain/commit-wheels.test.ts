import { expect, test } from 'vitest'
import {
  constantNames,
  declaredVersion,
  linksOfMetadata,
  versionNames,
} from '../../../plugins/isobench/src/domain/commit-wheels.ts'

const wanted = { distribution: 'vLLM', platform: 'linux-x86_64', glibc: '2.36', python: undefined }

test.each([
  ['__version__ = "0.5.3.post1"\n', '0.5.3.post1'],
  ["import x\n__version__: str = '1.0rc1'\n", '1.0rc1'],
  ['try:\n    from ._version import __version__\nexcept Exception:\n    __version__ = "dev"\n', undefined],
  ['__version__ = "0.5/../../x"\n', undefined],
  ['', undefined],
])('the version that %j declares', (text, version) => {
  expect(declaredVersion(text)).toBe(version)
})

test('the names of the eras without a list are those of their platform and of the wanted Python', () => {
  expect(constantNames(wanted)).toEqual(['vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl'])
  expect(constantNames({ ...wanted, platform: 'linux-aarch64' })).toEqual([])
  expect(versionNames('0.5.2', { ...wanted, python: '3.11' })).toEqual([
    'vllm-0.5.2-cp38-abi3-manylinux1_x86_64.whl',
    'vllm-0.5.2-cp311-cp311-manylinux1_x86_64.whl',
  ])
})

test('the links of a metadata.json, or that it is none', () => {
  const entry = { package_name: 'vllm', version: '1', variant: null, path: '../vllm-1-py3-none-any.whl' }
  expect(linksOfMetadata(JSON.stringify([entry]))).toEqual(['../vllm-1-py3-none-any.whl'])
  expect(linksOfMetadata('[]')).toEqual([])
  expect(linksOfMetadata('<html>')).toBeUndefined()
  expect(linksOfMetadata('[{"path": 1}]')).toBeUndefined()
})
