import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pythonSyntax } from '../../../plugins/isobench/src/adapters/python-syntax.ts'

const python = pythonSyntax(async () => 'python3')

test('the outline of a test', async () => {
  const code = `import json, os.path
from demo.parse import parse
def setup(): pass
class Helper:
    def hidden(self): pass
def experiment(state, *, size=1):
    from late import thing
    def inner(): yield 1
    return [x for x in state]
async def digest(result): pass
def metrics(result, a, b=1, *rest, key): yield 1
`
  expect(await python.read(code)).toMatchInlineSnapshot(`
    {
      "outline": {
        "functions": [
          {
            "column": 1,
            "line": 3,
            "name": "setup",
            "plain": true,
            "positional": 0,
            "required": 0,
            "requiredKeywords": 0,
          },
          {
            "column": 1,
            "line": 6,
            "name": "experiment",
            "plain": true,
            "positional": 1,
            "required": 1,
            "requiredKeywords": 0,
          },
          {
            "column": 1,
            "line": 10,
            "name": "digest",
            "plain": false,
            "positional": 1,
            "required": 1,
            "requiredKeywords": 0,
          },
          {
            "column": 1,
            "line": 11,
            "name": "metrics",
            "plain": false,
            "positional": 1000,
            "required": 2,
            "requiredKeywords": 1,
          },
        ],
        "imports": [
          {
            "column": 1,
            "line": 1,
            "module": "json",
          },
          {
            "column": 1,
            "line": 1,
            "module": "os.path",
          },
          {
            "column": 1,
            "line": 2,
            "module": "demo.parse",
          },
          {
            "column": 5,
            "line": 7,
            "module": "late",
          },
        ],
      },
    }
  `)
})

describe('what is no Python', () => {
  test.each([
    ['a syntax error', 'def setup(:\n    pass\n'],
    ['a later one', 'x = 1\n\ny = (\n'],
    ['return outside a function', 'return 1\n'],
    ['a null byte', 'x = 1\0\n'],
    ['bad indentation', 'def f():\nreturn 1\n'],
    ['deep nesting', `x = ${'('.repeat(5000)}${')'.repeat(5000)}\n`],
    ['deep arithmetic', `x = ${'-'.repeat(100_000)}1\n`],
  ])('%s', async (_name, code) => {
    const reading = await python.read(code)
    expect(reading).toHaveProperty('problem.rule', 'syntax')
  })

  test('line, column and message are those of the interpreter', async () => {
    expect(await python.read('x = 1\ny = = 2\n')).toEqual({
      problem: { rule: 'syntax', line: 2, column: 5, message: 'invalid syntax' },
    })
  })
})

test('the code is read and never run, and its warnings are no errors', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'isobench-syntax-'))
  const file = JSON.stringify(join(directory, 'touched'))
  const code = `open(${file}, "w")\nimport this_module_does_not_exist\nprint("noise")\nx = "\\d"\nassert (x, "always")\n`
  expect(await python.read(code)).toHaveProperty('outline.imports.0.module', 'this_module_does_not_exist')
  expect(await readdir(directory)).toEqual([])
})

test('an interpreter that is none is an error of its own', async () => {
  await expect(pythonSyntax(async () => '/bin/false').read('x = 1\n')).rejects.toMatchObject({
    code: 'prerequisite-missing',
    message: 'the interpreter cannot read code: /bin/false',
  })
})
