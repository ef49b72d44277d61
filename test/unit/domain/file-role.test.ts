import { describe, expect, test } from 'vitest'
import { changesNativeCode, roleOf } from '../../../plugins/isobench/src/domain/file-role.ts'
import { moduleOf, pathInPackage } from '../../../plugins/isobench/src/domain/python-module.ts'
import type { ChangedFile } from '../../../plugins/isobench/src/schema/analysis.ts'

const settings = { package: { name: 'sglang', import: 'sglang', root: 'python' } }

function role(path: string, repository: Parameters<typeof roleOf>[1] = settings): ChangedFile['role'] {
  return roleOf({ path, change: 'modified', lines_added: 1 }, repository)
}

describe('roleOf', () => {
  test.each<[ChangedFile['role'], string[]]>([
    ['source', ['python/sglang/srt/server.py', 'python/sglang/data/words.txt', 'tools/convert.py', 'sglang/old.py']],
    ['native', ['csrc/a.cu', 'CMakeLists.txt', 'cmake/utils.cmake', 'src/lib.rs', 'python/sglang/_fast.pyx']],
    [
      'test',
      ['test/srt/test_a.py', 'python/sglang/test/runners.py', 'tests/x.json', 'a/conftest.py', 'csrc/a_test.cu'],
    ],
    ['benchmark', ['benchmark/run.py', 'benchmarks/a.sh', 'python/sglang/bench_serving.py']],
    ['documentation', ['docs/a.md', 'docs/conf.py', 'README.md', 'LICENSE', 'examples/a.py', 'a.ipynb', 'CHANGES.txt']],
    ['ci', ['.github/workflows/a.yml', '.buildkite/a.yaml', '.pre-commit-config.yaml', 'docker/Dockerfile', 'tox.ini']],
    ['configuration', ['pyproject.toml', 'setup.py', 'requirements-dev.txt', 'python/sglang/configs/E=8,N=4.json']],
    ['lock', ['uv.lock', 'poetry.lock', 'web/package-lock.json', 'pnpm-lock.yaml']],
    ['generated', ['python/sglang/a_pb2.py', 'python/sglang/_version.py', 'web/a.min.js']],
    ['binary', ['assets/logo.png', 'dist/a.whl']],
    ['other', ['scripts/run.sh', 'web/index.html']],
  ])('%s', (expected, paths) => {
    expect(Object.fromEntries(paths.map((path) => [path, role(path)]))).toEqual(
      Object.fromEntries(paths.map((path) => [path, expected])),
    )
  })

  test('goes by what git says before it goes by the path', () => {
    expect(roleOf({ path: 'a.py', change: 'submodule', lines_added: 1 }, settings)).toBe('other')
    expect(roleOf({ path: 'a.py', change: 'modified', lines_added: null }, settings)).toBe('binary')
  })

  test('native_paths win over the kind of file', () => {
    expect(role('kernels/test_gen.py', { ...settings, native_paths: ['kernels/**'] })).toBe('native')
  })

  test('a package may be called as a folder that says something else', () => {
    const docs = { package: { name: 'docs', import: 'docs' } }
    expect(role('docs/render.py', docs)).toBe('source')
    expect(role('docs/tests/test_render.py', docs)).toBe('test')
  })
})

test('changesNativeCode goes by native_paths where there are some', () => {
  const file = { path: 'csrc/a.cu', old_path: null, change: 'modified', role: 'native' } as ChangedFile
  expect(changesNativeCode(file, {})).toBe(true)
  expect(changesNativeCode(file, { native_paths: ['rust/**'] })).toBe(false)
  expect(changesNativeCode({ ...file, old_path: 'rust/a.cu' }, { native_paths: ['rust/**'] })).toBe(true)
  expect(changesNativeCode({ ...file, role: 'source' }, {})).toBe(false)
  expect(changesNativeCode({ ...file, role: 'other', change: 'submodule' }, {})).toBe(true)
})

describe('modules', () => {
  test.each([
    ['python/sglang/srt/server.py', 'sglang.srt.server'],
    ['python/sglang/__init__.py', 'sglang'],
    ['python/sglang/srt/__init__.py', 'sglang.srt'],
    ['sglang/srt/server.py', 'sglang.srt.server'],
    ['src/sglang/a.py', 'sglang.a'],
    ['python/sglang.py', 'sglang'],
    ['python/sglang_extra/a.py', null],
    ['python/sglang/not-a-name.py', null],
    ['python/sglang/data.json', null],
    ['other/a.py', null],
  ])('%s is %s', (path, module) => expect(moduleOf(path, settings)).toBe(module))

  test('a dotted import name, and a root written with dots and slashes', () => {
    const nested = { package: { name: 'x', import: 'acme.fast', root: './lib/py/' } }
    expect(moduleOf('lib/py/acme/fast/io.py', nested)).toBe('acme.fast.io')
    expect(pathInPackage('lib/py/acme/slow/io.py', nested)).toBeNull()
    expect(moduleOf('acme/a.py', { package: { name: 'x', import: 'acme', root: '.' } })).toBe('acme.a')
  })
})
