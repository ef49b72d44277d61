import { describe, expect, test } from 'vitest'
import { parseChanges, parseCommit, parseTree } from '../../../plugins/isobench/src/domain/git-output.ts'

const hash = 'a'.repeat(40)
const commit = (...headers: string[]) => new TextEncoder().encode(`tree ${hash}\n${headers.join('\n')}\n\nsubject\n`)

describe('parseCommit', () => {
  test('is not misled by a signature or by the message', () => {
    const facts = parseCommit(
      hash,
      commit(
        `parent ${'b'.repeat(40)}`,
        'author A <a@b> 0 +0000',
        'committer parent x <a@b> 1732813262 -0800',
        'gpgsig -----BEGIN',
        ' parent no',
        ' -----END',
      ),
    )
    expect(facts).toEqual({
      hash,
      tree: hash,
      parents: ['b'.repeat(40)],
      message: 'subject',
      authorDate: '1970-01-01T00:00:00Z',
      commitDate: '2024-11-28T17:01:02Z',
    })
  })

  test('takes an unknown encoding for UTF-8', () => {
    const bytes = commit('committer A <a@b> 1 +0000', 'encoding klingon')
    expect(parseCommit(hash, bytes)).toMatchObject({ message: 'subject', authorDate: null })
  })

  test.each(['committer A <a@b> soon', 'committer A <a@b> 999999999999 +0000', 'x y'])(
    'refuses the date of %s',
    (line) => {
      expect(() => parseCommit(hash, commit(line))).toThrow(`commit without a readable date: ${hash}`)
    },
  )

  test('replaces bytes that are no text in its encoding', () => {
    const bytes = Buffer.concat([commit('committer A <a@b> 1 +0000'), Buffer.from('caf\xe9', 'latin1')])
    expect(parseCommit(hash, bytes).message).toBe('subject\ncaf\uFFFD')
  })

  test('takes a commit without a message', () => {
    const bytes = new TextEncoder().encode(`tree ${hash}\ncommitter A <a@b> 1 +0000\n`)
    expect(parseCommit(hash, bytes).message).toBe('')
  })
})

test('parseChanges refuses what it does not know', () => {
  expect(parseChanges('')).toEqual([])
  expect(() => parseChanges(':100644 100644 a b X\0path\0')).toThrow('cannot read the output of git')
  expect(() => parseChanges(':100644 100644 a b M\0path\0')).not.toThrow()
})

test('parseTree takes paths with tabs', () => {
  expect(parseTree(`100644 blob ${hash}\ta\tb\0`)).toEqual([{ mode: '100644', type: 'blob', hash, path: 'a\tb' }])
})
