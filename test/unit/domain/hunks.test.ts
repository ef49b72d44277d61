import { expect, test } from 'vitest'
import { parseDiff } from '../../../plugins/isobench/src/domain/diff.ts'
import { roleOf } from '../../../plugins/isobench/src/domain/file-role.ts'
import { rankedHunks } from '../../../plugins/isobench/src/domain/hunks.ts'
import { clip } from '../../../plugins/isobench/src/domain/text.ts'

const settings = { package: { name: 'demo', import: 'demo', root: 'src' } }

function file(path: string, ...bodies: string[]): string {
  const hunks = bodies.map((body, index) => {
    const lines = body.split('\n')
    const count = (sign: string) => lines.filter((line) => line.startsWith(sign) || line.startsWith(' ')).length
    return `@@ -${index * 100 + 1},${count('-')} +${index * 100 + 1},${count('+')} @@ part ${index}\n${body}\n`
  })
  return `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${hunks.join('')}`
}

function ranked(...parts: string[]) {
  const diffs = parseDiff(parts.join(''))
  const files = diffs.map((diff) => {
    const facts = { path: diff.path, change: diff.change, lines_added: diff.linesAdded }
    return { ...facts, old_path: null, lines_removed: diff.linesRemoved, role: roleOf(facts, settings) }
  })
  return rankedHunks(diffs, files, settings)
}

test('the package first, then native code, other source, configuration and the rest; noise left out', () => {
  const hunks = ranked(
    file('README.md', '+a'),
    file('uv.lock', '+a'),
    file('tests/test_a.py', '+a'),
    file('.github/a.yml', '+a'),
    file('benchmarks/a.py', '+a'),
    file('run.sh', '+a'),
    file('pyproject.toml', '-a\n+b'),
    file('tools/a.py', '+a'),
    file('csrc/a.cu', `${'+a\n'.repeat(50)}+a`),
    file('src/demo/b.py', '+1', '-1\n-2\n+3', '+1'),
    file('src/demo/a.py', '+1', ' 1\n+2'),
  )
  expect(hunks.map(({ path, header, rank }) => `${path} ${header.slice(-1)} ${rank}`)).toMatchInlineSnapshot(`
    [
      "src/demo/b.py 1 6000003",
      "src/demo/a.py 0 6000001",
      "src/demo/a.py 1 6000001",
      "src/demo/b.py 0 6000001",
      "src/demo/b.py 2 6000001",
      "csrc/a.cu 0 5000051",
      "tools/a.py 0 4000001",
      "pyproject.toml 0 3000002",
      "run.sh 0 2000001",
      "benchmarks/a.py 0 1000001",
      ".github/a.yml 0 1",
    ]
  `)
})

test('long lines are clipped, and never in the middle of a character', () => {
  const [hunk] = ranked(file('src/demo/a.py', `+${'x'.repeat(499)}\n-${'🚀'.repeat(400)}`))
  expect(hunk!.text.split('\n').map((line) => line.length)).toEqual([500, 499])
  expect(hunk!.text.isWellFormed()).toBe(true)
  expect(clip('abc', 3)).toBe('abc')
})

test('what no prompt can hold is left out, and what comes after it may still fit', () => {
  const huge = `${`+${'x'.repeat(400)}\n`.repeat(5000)}+x`
  const hunks = ranked(file('src/demo/a.py', huge), file('src/demo/b.py', '+1'), file('src/demo/c.py', huge))
  expect(hunks.map(({ path }) => path)).toEqual(['src/demo/b.py'])
})
