import { describe, expect, test } from 'vitest'
import { candidateFlags, candidateOutcome, changeClass } from '../../../plugins/isobench/src/domain/candidate.ts'
import { parseDiff } from '../../../plugins/isobench/src/domain/diff.ts'
import { roleOf } from '../../../plugins/isobench/src/domain/file-role.ts'
import type { ChangedFile } from '../../../plugins/isobench/src/schema/analysis.ts'

const settings = { package: { name: 'vllm', import: 'vllm' } }

function files(...paths: string[]): ChangedFile[] {
  return paths.map((path) => ({
    path,
    old_path: null,
    change: 'modified',
    role: roleOf({ path, change: 'modified', lines_added: 1 }, settings),
    lines_added: 1,
    lines_removed: 1,
  }))
}

function flags(subject: string, ...paths: string[]): string[] {
  return candidateFlags({ subject, parents: 1, files: files(...paths) })
}

const source = 'vllm/core/scheduler.py'

describe('candidateFlags', () => {
  test.each([
    ['Make it faster', []],
    ['Revert "Make it faster"', ['revert']],
    ['[Core] revert: make it faster (#7)', ['revert']],
    ['Revert "Revert "Make it faster""', []],
    ['Avoid reverting the order twice', []],
    ['[TPU] Optimize RoPE', ['other-hardware']],
    ['[Kernel][ROCM] Upstream prefix prefill speed up', []],
  ])('%s', (subject, expected) => expect(flags(subject, source)).toEqual(expected))

  test.each([
    [[], ['empty']],
    [['README.md', 'docs/a.png', 'docs/b.rst'], ['docs-only']],
    [['tests/test_a.py', 'docs/a.md'], ['tests-only']],
    [['benchmarks/run.py'], ['tests-only']],
    [['.github/workflows/ci.yml', 'tests/test_a.py'], ['ci-only']],
    [['uv.lock'], ['ci-only']],
    [['.github/workflows/ci.yml', source], []],
    [['pyproject.toml'], []],
    [['vllm/distributed/parallel_state.py', 'csrc/custom_all_reduce.cu'], ['needs-several-devices']],
    [['vllm/distributed/parallel_state.py', 'vllm/utils.py'], []],
    [['vllm/worker/neuron_worker.py', 'tests/test_a.py'], ['other-hardware']],
    [['vllm/configs/E=8,device_name=AMD_Instinct_MI300X.json'], ['other-hardware']],
    [['vllm/shipping.py', 'vllm/amdahl.py'], []],
  ])('%j', (paths, expected) => expect(flags('x', ...paths)).toEqual(expected))

  test('a merge, and several at once', () => {
    expect(candidateFlags({ subject: 'Revert x', parents: 2, files: files('README.md') })).toEqual([
      'revert',
      'merge',
      'docs-only',
    ])
  })
})

test('candidateOutcome names every flag', () => {
  expect(candidateOutcome([]).status).toBe('ok')
  expect(candidateOutcome(['revert', 'docs-only'])).toEqual({
    status: 'failed',
    reason: 'not-a-candidate',
    side: null,
    message: 'no performance change to measure: revert, docs-only',
  })
})

describe('changeClass', () => {
  test.each([
    ['kernel', ['csrc/a.cu']],
    ['kernel', ['vllm/attention/ops/prefix_prefill.py']],
    ['model', ['vllm/model_executor/models/llama.py']],
    ['runtime', [source]],
    ['other', ['pyproject.toml', 'tests/test_a.py']],
    ['runtime', [source, 'vllm/utils.py', 'csrc/a.cu']],
    ['kernel', [source, 'csrc/a.cu']],
  ])('%s: %j', (expected, paths) => expect(changeClass(files(...paths), [])).toBe(expected))

  test('a file with a kernel in it is one, wherever it lies', () => {
    const path = 'vllm/sampling.py'
    const diff = `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1,2 +1,2 @@\n @triton.jit\n-a\n+b\n`
    expect(changeClass(files(path), parseDiff(diff))).toBe('kernel')
  })
})
