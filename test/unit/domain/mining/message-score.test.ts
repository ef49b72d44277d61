import { describe, expect, test } from 'vitest'
import {
  messageParts,
  messageScore,
  revertedCommits,
} from '../../../../plugins/isobench/src/domain/mining/message-score.ts'
import { rulesWith } from '../../../support/mining.ts'

const rules = rulesWith()

function score(message: string): number {
  return messageScore(messageParts(message), rules).score
}

describe('the patterns of the package', () => {
  test.each([
    'Optimize the CPU overheads in the attention operator (#10733)',
    'ENH: Simplifying _build_paths - 10% faster (#8844)',
    'Avoid unnecessary copy of the adjacency matrix',
    '[KDA] Fuse dAqk and dv (#689)',
    'Fix performance regression in edge drawing',
    'O(n^2) -> O(n) implementation for scale_free_graph (#4727)',
    'Improve the parser\n\nIt is 3x faster on large files now.',
  ])('keep: %s', (message) => {
    expect(score(message)).toBeGreaterThanOrEqual(rules.threshold)
  })

  test.each([
    'Fix typo in the performance guide',
    '[CI/Build] Make pre-commit faster (#1234)',
    'docs: how to optimize your model',
    'Add PolyNorm operator (#901)',
    'Fix IndexError in autotuning',
    'Use the new optimizer API',
    'Improve error message',
    'Add Liger Kernel support for Ministral models (#1166)\n\nBenchmarks are attached.',
    'Bump version to 0.3.2',
    '',
  ])('leave out: %s', (message) => {
    expect(score(message)).toBeLessThan(rules.threshold)
  })

  test('say what they matched and where, each once', () => {
    const found = messageScore(messageParts('Speed up and speed up parsing\n\nfaster, faster'), rules)
    expect(found.matched.map(({ in: where, weight, text }) => [where, weight, text])).toEqual([
      ['subject', 3, 'Speed up'],
      ['body', 1, 'faster'],
    ])
    expect(found.score).toBe(4)
  })
})

describe('a message', () => {
  test('of control characters, lone surrogates and endless lines is read as far as it goes', () => {
    const parts = messageParts(`\n\n  a\u0000b\u001B[31m\uD800 faster${'x'.repeat(1_000_000)}\nbody\u0007`)
    expect(parts.subject.startsWith('a b [31m\uFFFD faster')).toBe(true)
    expect(parts.subject).toHaveLength(500)
    expect(parts.body).toBe('')
  })

  test('names the commits that it reverts', () => {
    const hash = '0123456789abcdef0123456789abcdef01234567'
    expect(revertedCommits(messageParts(`Revert "x"\n\nThis reverts commit ${hash}.`))).toEqual([hash])
    expect(revertedCommits(messageParts(`Revert "x"\n\nThis reverts commit 0123456.`))).toEqual([])
  })
})
