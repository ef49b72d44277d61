import { describe, expect, test } from 'vitest'
import { applyHunks } from '../../../plugins/isobench/src/domain/apply-hunks.ts'
import { type DiffHunk, parseDiff } from '../../../plugins/isobench/src/domain/diff.ts'

function summary(text: string): string[] {
  return parseDiff(text).map(
    ({ path, oldPath, change, linesAdded, linesRemoved, hunks }) =>
      `${change} ${oldPath === null ? '' : `${oldPath} -> `}${path} +${linesAdded} -${linesRemoved} hunks ${hunks.length}`,
  )
}

describe('parseDiff', () => {
  test('reads hunks with their sections, and counts lines that look like headers', () => {
    const text = `diff --git a/query.sql b/query.sql
index 1..2 100644
--- a/query.sql
+++ b/query.sql
@@ -1,3 +1,3 @@ create view
 select
--- old comment
+++ new comment
 from
@@ -9 +9,2 @@
-x
+y
+z
\\ No newline at end of file
`
    expect(summary(text)).toEqual(['modified query.sql +3 -2 hunks 2'])
    expect(parseDiff(text)[0]!.hunks).toEqual([
      {
        header: '@@ -1,3 +1,3 @@ create view',
        section: 'create view',
        oldStart: 1,
        newStart: 1,
        lines: [' select', '--- old comment', '+++ new comment', ' from'],
      },
      {
        header: '@@ -9 +9,2 @@',
        section: '',
        oldStart: 9,
        newStart: 9,
        lines: ['-x', '+y', '+z', '\\ No newline at end of file'],
      },
    ])
  })

  test('tells renames, copies, modes, binary files, submodules, additions and deletions apart', () => {
    const text = `diff --git a/old name.py b/new name.py
similarity index 100%
rename from old name.py
rename to new name.py
diff --git a/a.py b/b.py
similarity index 90%
copy from a.py
copy to b.py
index 1..2 100644
--- a/a.py
+++ b/b.py
@@ -1 +1 @@
-1
+2
diff --git a/run me.sh b/run me.sh
old mode 100644
new mode 100755
diff --git a/logo.png b/logo.png
index 1..2 100644
Binary files a/logo.png and b/logo.png differ
diff --git a/blob b/blob
new file mode 100644
index 0..2
GIT binary patch
literal 3
Kcmdiffxyz

diff --git a/third_party/x b/third_party/x
index 1..2 160000
--- a/third_party/x
+++ b/third_party/x
@@ -1 +1 @@
-Subproject commit 1
+Subproject commit 2
diff --git a/empty b/empty
new file mode 100644
index 0..1
diff --git a/gone b/gone
deleted file mode 100644
index 1..0
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-x
`
    expect(summary(text)).toEqual([
      'renamed old name.py -> new name.py +0 -0 hunks 0',
      'copied a.py -> b.py +1 -1 hunks 1',
      'modified run me.sh +0 -0 hunks 0',
      'modified logo.png +null -null hunks 0',
      'added blob +null -null hunks 0',
      'submodule third_party/x +1 -1 hunks 1',
      'added empty +0 -0 hunks 0',
      'deleted gone +0 -1 hunks 1',
    ])
  })

  test('takes the quotes off paths: octal bytes, tabs, quotes, and what is no UTF-8', () => {
    const text = String.raw`diff --git "a/\303\274 \"q\"\t.py" "b/\303\274 \"q\"\t.py"
--- "a/\303\274 \"q\"\t.py"
+++ "b/\303\274 \"q\"\t.py"
@@ -1 +1 @@
-a
+b
diff --git "a/caf\351.py" "b/caf\351.py"
old mode 100644
new mode 100755
`
    expect(parseDiff(text).map(({ path }) => path)).toEqual(['ü "q"\t.py', 'caf\uFFFD.py'])
  })

  test('takes the tab off that git puts behind a path with spaces', () => {
    const text = 'diff --git a/a b.py b/a b.py\n--- a/a b.py\t\n+++ b/a b.py\t\n@@ -1 +1 @@\n-a\n+b\n'
    expect(summary(text)).toEqual(['modified a b.py +1 -1 hunks 1'])
  })

  test('keeps carriage returns, and blank context lines whose space was lost', () => {
    const text = 'diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n a\r\n\n-b\r\n+c\r\n'
    expect(parseDiff(text)[0]!.hunks[0]!.lines).toEqual([' a\r', ' ', '-b\r', '+c\r'])
  })

  test('takes a hunk that is cut off as far as it goes', () => {
    const cut = 'diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,9 +1,9 @@\n a\n+b'
    expect(summary(`${cut}\n${cut.replaceAll('/a', '/z')}`)).toEqual([
      'modified a +1 -0 hunks 1',
      'modified z +1 -0 hunks 1',
    ])
  })

  test.each(['', 'nothing', '@@ -1 +1 @@\n-a\n+b\n', 'diff --cc a\n@@@ -1,1 -1,1 +1,1 @@@\n'])(
    'finds no file in %j',
    (text) => expect(parseDiff(text)).toEqual([]),
  )
})

function hunksOf(text: string): readonly DiffHunk[] {
  return parseDiff(`diff --git a/a b/a\n--- a/a\n+++ b/a\n${text}`)[0]!.hunks
}

describe('applyHunks', () => {
  test('gives the content after the change', () => {
    expect(applyHunks('1\n2\n3\n4\n5\n', hunksOf('@@ -1,2 +1,3 @@\n 1\n-2\n+two\n+half\n@@ -4,0 +6 @@\n+x\n'))).toBe(
      '1\ntwo\nhalf\n3\n4\nx\n5\n',
    )
    expect(applyHunks('', hunksOf('@@ -0,0 +1,2 @@\n+a\n+b\n'))).toBe('a\nb\n')
    expect(applyHunks('a\n', hunksOf('@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n'))).toContain('b')
  })

  test('gives nothing for another content', () => {
    expect(applyHunks('1\n2\n', hunksOf('@@ -1,2 +1,2 @@\n 1\n-3\n+x\n'))).toBeNull()
    expect(applyHunks('1\n', hunksOf('@@ -7,2 +7,2 @@\n 1\n-3\n+x\n'))).toBeNull()
  })
})
