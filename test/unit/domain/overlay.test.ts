import { expect, test } from 'vitest'
import type { RawChange } from '../../../plugins/isobench/src/domain/git-output.ts'
import { overlayObstacle, overlayVersion } from '../../../plugins/isobench/src/domain/overlay.ts'
import { Repository } from '../../../plugins/isobench/src/schema/repository.ts'

const commit = '98f47f2a40320f23d5a1ebce0bd10ebdd8c0ee44'

function obstacle(change: Partial<RawChange>, native_paths?: string[]): string | null {
  const settings = Repository.parse({
    url: 'https://example.org/vllm',
    package: { name: 'vllm', import: 'vllm' },
    wheels: [{ kind: 'build' }],
    ...(native_paths === undefined ? {} : { native_paths }),
  })
  const plain = { path: 'vllm/core.py', oldPath: null, change: 'modified' as const, linesAdded: 1, linesRemoved: 1 }
  return overlayObstacle([plain, { ...plain, ...change }], settings)
}

test.each([
  [{ path: 'vllm/layers/configs/table.json' }],
  [{ path: 'tests/test_core.py' }],
  [{ path: 'docs/setup.md' }],
  [{ path: 'csrc/kernel.cu', change: 'deleted' as const }, ['rust/**']],
])('a change of %j is in no way', (change, nativePaths?: string[]) => {
  expect(obstacle(change, nativePaths)).toBeNull()
})

test.each([
  [{ path: 'csrc/kernel.cu' }],
  [{ path: 'cmake/utils.cmake' }],
  [{ path: 'CMakeLists.txt' }],
  [{ path: 'third_party/cutlass', change: 'submodule' as const }],
  [{ path: 'pyproject.toml' }],
  [{ path: 'setup.py' }, ['csrc/**']],
  [{ path: 'requirements/cuda.txt' }],
  [{ path: 'requirements-cuda.txt' }],
  [{ path: 'vllm/kernels/fast.py' }, ['vllm/kernels/**']],
])('a change of %j is', (change, nativePaths?: string[]) => {
  expect(obstacle(change, nativePaths)).toBe(change.path)
})

test('a file that was renamed from compiled code is', () => {
  expect(obstacle({ path: 'old.txt', oldPath: 'csrc/kernel.cu', change: 'renamed' }, ['csrc/**'])).toBe('old.txt')
})

test.each([
  ['0.6.4.dev1+g0123456789.cu129', '0.6.4.dev1+overlay.g98f47f2a4.cu129'],
  ['0.6.4.dev1+cu12.g0123456', '0.6.4.dev1+overlay.g98f47f2a4.cu12'],
  ['0.6.3', '0.6.3+overlay.g98f47f2a4'],
  ['0.6.3+overlay.g0123456', '0.6.3+overlay.g98f47f2a4'],
])('an overlay on %s is %s', (ancestor, version) => {
  expect(overlayVersion(ancestor, commit)).toBe(version)
})
