import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pythonSyntax } from '../../../plugins/isobench/src/adapters/python-syntax.ts'

const python = pythonSyntax(async () => 'python3')

test('the tree of a test, with places in characters as JavaScript counts them', async () => {
  expect(await python.read('def setup(): pass\nx = "é𝄞"; y: int = -1\n')).toMatchInlineSnapshot(`
    {
      "tree": {
        "body": [
          {
            "args": {
              "args": [],
              "defaults": [],
              "kw_defaults": [],
              "kwarg": null,
              "kwonlyargs": [],
              "posonlyargs": [],
              "type": "arguments",
              "vararg": null,
            },
            "body": [
              {
                "column": 14,
                "endColumn": 18,
                "endLine": 1,
                "line": 1,
                "type": "Pass",
              },
            ],
            "column": 1,
            "decorator_list": [],
            "endColumn": 18,
            "endLine": 1,
            "line": 1,
            "name": "setup",
            "returns": null,
            "type": "FunctionDef",
          },
          {
            "column": 1,
            "endColumn": 10,
            "endLine": 2,
            "line": 2,
            "targets": [
              {
                "column": 1,
                "ctx": "Store",
                "endColumn": 2,
                "endLine": 2,
                "id": "x",
                "line": 2,
                "type": "Name",
              },
            ],
            "type": "Assign",
            "value": {
              "column": 5,
              "endColumn": 10,
              "endLine": 2,
              "kind": "str",
              "line": 2,
              "type": "Constant",
              "value": "é𝄞",
            },
          },
          {
            "annotation": {
              "column": 15,
              "ctx": "Load",
              "endColumn": 18,
              "endLine": 2,
              "id": "int",
              "line": 2,
              "type": "Name",
            },
            "column": 12,
            "endColumn": 23,
            "endLine": 2,
            "line": 2,
            "simple": 1,
            "target": {
              "column": 12,
              "ctx": "Store",
              "endColumn": 13,
              "endLine": 2,
              "id": "y",
              "line": 2,
              "type": "Name",
            },
            "type": "AnnAssign",
            "value": {
              "column": 21,
              "endColumn": 23,
              "endLine": 2,
              "line": 2,
              "op": {
                "type": "USub",
              },
              "operand": {
                "column": 22,
                "endColumn": 23,
                "endLine": 2,
                "kind": "int",
                "line": 2,
                "type": "Constant",
                "value": 1,
              },
              "type": "UnaryOp",
            },
          },
        ],
        "type": "Module",
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
  expect(await python.read(code)).toHaveProperty('tree.body.1.names.0.name', 'this_module_does_not_exist')
  expect(await readdir(directory)).toEqual([])
})

test('one interpreter answers again and again, in the order of the questions', async () => {
  const answers = await Promise.all(['a = 1\n', 'b = = 1\n', 'c = 1\n'].map((code) => python.read(code)))
  expect(answers.map((answer) => Object.keys(answer))).toEqual([['tree'], ['problem'], ['tree']])
})

test('an interpreter that is none is an error of its own', async () => {
  await expect(pythonSyntax(async () => '/bin/false').read('x = 1\n')).rejects.toMatchObject({
    code: 'prerequisite-missing',
    message: 'the interpreter cannot read code: /bin/false',
  })
})
