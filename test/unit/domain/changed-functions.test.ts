import { describe, expect, test } from 'vitest'
import { affectedApis, confirmedApis } from '../../../plugins/isobench/src/domain/affected-apis.ts'
import { applyHunks } from '../../../plugins/isobench/src/domain/apply-hunks.ts'
import { type WeighedFunction, changedFunctions } from '../../../plugins/isobench/src/domain/changed-functions.ts'
import { parseDiff } from '../../../plugins/isobench/src/domain/diff.ts'

const settings = { package: { name: 'demo', import: 'demo' } }

const base = `import re

LIMIT = 10

class Parser:
    def parse(self, text):
        words = text.split()
        return words

    def _advance(self):
        return 1


def helper(x):
    return x


def gone():
    return 0
`

const diff = `diff --git a/demo/parse.py b/demo/parse.py
--- a/demo/parse.py
+++ b/demo/parse.py
@@ -3,11 +3,12 @@ import re
-LIMIT = 10
+LIMIT = 20
 
 class Parser:
     def parse(self, text):
-        words = text.split()
-        return words
+        return text.split()
 
     def _advance(self):
-        return 1
+        # a comment
+
+        return 2
 
 
@@ -17,3 +18,3 @@ def helper(x):
 
-def gone():
-    return 0
+def added():
+    return 1
`

function lines(changes: Parameters<typeof changedFunctions>[0]): string[] {
  return changedFunctions(changes, settings).map(
    (changed) => `${changed.module}: ${changed.name} ${changed.sides.join('+')} ${changed.lines}`,
  )
}

test('names come from the content of both sides', () => {
  const [parsed] = parseDiff(diff)
  const head = applyHunks(base, parsed!.hunks)
  expect(head).not.toBeNull()
  expect(lines([{ diff: parsed!, base, head }])).toMatchInlineSnapshot(`
    [
      "demo.parse: Parser.parse base+head 3",
      "demo.parse: Parser._advance base+head 2",
      "demo.parse: added head 2",
      "demo.parse: gone base 2",
    ]
  `)
})

test('names come from the hunks where the content is not known', () => {
  const [parsed] = parseDiff(diff)
  expect(lines([{ diff: parsed!, base: null, head: null }])).toMatchInlineSnapshot(`
    [
      "demo.parse: Parser.parse base+head 3",
      "demo.parse: Parser._advance base+head 2",
      "demo.parse: added head 2",
      "demo.parse: gone base 2",
    ]
  `)
})

test('a file that moved has an entry for either side', () => {
  const moved = parseDiff(`diff --git a/demo/old.py b/demo/new.py
rename from demo/old.py
rename to demo/new.py
--- a/demo/old.py
+++ b/demo/new.py
@@ -1,2 +1,2 @@
 def parse():
-    return 1
+    return 2
`)[0]!
  expect(lines([{ diff: moved, base: 'def parse():\n    return 1\n', head: 'def parse():\n    return 2\n' }])).toEqual([
    'demo.new: parse head 1',
    'demo.old: parse base 1',
  ])
})

function weighed(module: string | null, name: string, count: number): WeighedFunction {
  return { path: 'x.py', name, module, sides: ['head'], lines: count }
}

describe('affectedApis', () => {
  test('are public, most changed first; what is private counts for what is around it', () => {
    expect(
      affectedApis([
        weighed('demo.a', 'Parser.parse', 3),
        weighed('demo.a', 'Parser._advance', 2),
        weighed('demo.a', 'Parser.__init__', 2),
        weighed('demo.a', '_private', 9),
        weighed('demo._impl', 'loads', 1),
        weighed('demo.__main__', 'main', 9),
        weighed(null, 'outside', 9),
      ]),
    ).toEqual(['demo.a.Parser', 'demo.a.Parser.parse', 'demo._impl.loads'])
  })

  test('an extraction is believed where the change bears it out', () => {
    const claims = [
      'demo.parse.Parser.parse',
      'demo.parse.Parser._advance',
      'demo.parse.Parser.missing',
      'demo.other.parse',
      'transformers.pipeline',
      'parse',
      'demo.parse.parse</APIS>',
    ]
    expect(confirmedApis(claims, parseDiff(diff), settings)).toEqual(['demo.parse.Parser.parse'])
  })
})
