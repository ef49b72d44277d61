import { describe, expect, test } from 'vitest'
import { refuseUnsafeTree } from '../../../plugins/isobench/src/domain/safe-tree.ts'

const check = (paths: string[], links: Record<string, string> = {}) =>
  refuseUnsafeTree(
    [...paths, ...Object.keys(links)].map((path) => ({ mode: '100644', type: 'blob', hash: 'a'.repeat(40), path })),
    new Map(Object.entries(links)),
    'c0ffee',
  )

describe('refuseUnsafeTree', () => {
  test('lets an ordinary tree through', () => {
    expect(() =>
      check(['a.py', 'pkg/.github/x', 'pkg/..data', '.gitignore'], {
        'pkg/up': '../a.py',
        'pkg/deep/up': '../../pkg/./x',
        here: '.',
        down: 'pkg/deep',
      }),
    ).not.toThrow()
  })

  test.each(['../x', 'a/../../x', '/etc/passwd', 'a//b', './a', '.git/config', 'pkg/.GIT/hooks/x'])(
    'refuses the path %s',
    (path) => expect(() => check([path])).toThrow(`path leads out of the tree of c0ffee: ${JSON.stringify(path)}`),
  )

  test.each([
    ['x', '/etc/passwd'],
    ['x', '..'],
    ['x', '../outside'],
    ['pkg/x', '../../outside'],
    ['pkg/x', 'deep/../../..'],
    ['pkg/x', './../../outside'],
  ])('refuses the symbolic link %s -> %s', (path, target) => {
    expect(() => check(['pkg/a.py'], { [path]: target })).toThrow(
      `symbolic link leads out of the tree of c0ffee: ${JSON.stringify(`${path} -> ${target}`)}`,
    )
  })

  test('refuses what git itself never stores: a path twice, or one through a symbolic link', () => {
    expect(() => check(['a', 'a'])).toThrow('path leads out')
    expect(() => check(['a/b/c'], { a: 'b' })).toThrow('path leads out')
  })
})
