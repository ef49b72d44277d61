import { describe, expect, test } from 'vitest'
import {
  benchmarkCommands,
  closedIssues,
  pullRequestEvidence,
} from '../../../../plugins/isobench/src/domain/mining/pull-request.ts'

describe('the text of a pull request', () => {
  test('names the issues that it closes, three at the most', () => {
    expect(closedIssues('Fixes #12, closes: #13. See #14. resolved #12, fix #15 and close #16')).toEqual([12, 13, 15])
  })

  test('holds benchmark commands', () => {
    const body = `Before:
\`\`\`bash
$ CUDA_VISIBLE_DEVICES=0 python benchmarks/benchmark_throughput.py \\
    --model facebook/opt-125m \\
    --num-prompts 10
vllm serve facebook/opt-125m
pip install vllm
python setup.py install
\`\`\`
\`python -m timeit "x()"\`
The benchmark shows python is slow.`
    expect(benchmarkCommands(body)).toEqual([
      'CUDA_VISIBLE_DEVICES=0 python benchmarks/benchmark_throughput.py --model facebook/opt-125m --num-prompts 10',
      'vllm serve facebook/opt-125m',
      'python -m timeit "x()"',
    ])
  })

  test('of any size and kind is one line each in the evidence', () => {
    const body = `python bench.py ${'x'.repeat(100_000)}\n${'python bench.py\n'.repeat(50)}`
    const evidence = pullRequestEvidence({
      number: 1,
      url: 'https://example.org/1',
      title: `a\u001B[2J\nb\uD800${'y'.repeat(1000)}`,
      body,
      labels: Array.from({ length: 60 }, (_, index) => `l${index}`),
      issues: [],
    })
    expect(evidence.title.startsWith('a [2J b?y')).toBe(true)
    expect(evidence.title).toHaveLength(500)
    expect(evidence.labels).toHaveLength(50)
    expect(evidence.benchmark_commands).toEqual(['python bench.py'])
  })
})
