import { describe, expect, test } from 'vitest'
import { outlineFragment, outlinePython } from '../../../plugins/isobench/src/domain/python-outline.ts'
import { cleanEnvironment } from '../../../plugins/isobench/src/adapters/process.ts'
import { child } from '../../support/child.ts'

/** Every line with its owner in front. */
function owned(source: string): string {
  const { owners } = outlinePython(source)
  return source
    .split('\n')
    .map((line, index) => `${(owners[index] ?? '-').padEnd(17)} | ${line}`.trimEnd())
    .join('\n')
}

test('methods, nested functions, decorators and what lies between', () => {
  const source = `import re

@cache
@retry(
    times=3,
)
async def fetch(url,
          timeout=1):
    def inner():
        return url
    # a comment
    return inner()
class Parser(Base):
    limit = 3

    @property
    def size(self): return 1

    class State:
        def push(self):
            class Local: pass
if True:
    def late(): pass
x = 1`
  expect(owned(source)).toMatchInlineSnapshot(`
    "-                 | import re
    -                 |
    fetch             | @cache
    fetch             | @retry(
    fetch             |     times=3,
    fetch             | )
    fetch             | async def fetch(url,
    fetch             |           timeout=1):
    fetch             |     def inner():
    fetch             |         return url
    -                 |     # a comment
    fetch             |     return inner()
    Parser            | class Parser(Base):
    Parser            |     limit = 3
    -                 |
    Parser.size       |     @property
    Parser.size       |     def size(self): return 1
    -                 |
    Parser.State      |     class State:
    Parser.State.push |         def push(self):
    Parser.State.push |             class Local: pass
    -                 | if True:
    late              |     def late(): pass
    -                 | x = 1"
  `)
  expect([...outlinePython(source).names]).toEqual([
    'fetch',
    'Parser',
    'Parser.size',
    'Parser.State',
    'Parser.State.push',
    'late',
  ])
})

test('strings, brackets and continuations hide what looks like code', () => {
  const source = `def first():
    """
def no():
    """
    text = 'a # no comment" \\
def neither'
    table = [
(1,
)
    ]
    total = 1 + \\
2
    return r'\\'' + f"{table[0]!r}"

def second(): pass`
  expect(owned(source)).toMatchInlineSnapshot(`
    "first             | def first():
    first             |     """
    first             | def no():
    first             |     """
    first             |     text = 'a # no comment" \\
    first             | def neither'
    first             |     table = [
    first             | (1,
    first             | )
    first             |     ]
    first             |     total = 1 + \\
    first             | 2
    first             |     return r'\\'' + f"{table[0]!r}"
    -                 |
    second            | def second(): pass"
  `)
})

test('goes on where brackets were misread or never closed', () => {
  const source = `def first(:
    x = f"{d["("]}"
class Second:
    def third(self):
        pass`
  expect([...outlinePython(source).names]).toEqual(['first', 'Second', 'Second.third'])
})

test('tabs, CRLF and names beyond ASCII', () => {
  expect([...outlinePython('class Größe:\r\n\tdef wert(self):\r\n\t\tpass\r\n').names]).toEqual(['Größe', 'Größe.wert'])
})

describe('a fragment', () => {
  test('lies below its section', () => {
    const lines = ['        y = 1', '    def area(self):', '        return 2', '', 'def top():', '    pass']
    const { owners } = outlineFragment('class Shape(', lines)
    expect(owners).toEqual(['Shape', 'Shape.area', 'Shape.area', null, 'top', 'top'])
  })

  test('may begin in the middle of a signature', () => {
    const { owners } = outlineFragment('def area(', ['    x,', ') -> int:', '    return x', '@cache', 'def top():'])
    expect(owners).toEqual(['area', 'area', 'area', 'top', 'top'])
  })

  test('does not take an inner function for a method', () => {
    const { names, owners } = outlineFragment('class Shape:', ['        def helper():', '            return 1'])
    expect([...names]).toEqual(['Shape'])
    expect(owners).toEqual(['Shape', 'Shape'])
  })

  test('has no owner below a section that defines nothing', () => {
    expect(outlineFragment('import re', ['x = 1', '    y = 2']).owners).toEqual([null, null])
  })
})

const expected = `
import ast, importlib.util, json
for name in ['argparse', 'ast', 'dataclasses', 'decimal', 'enum', 'inspect', 'typing', 'tarfile', 'unittest.mock',
             'asyncio.base_events', 'asyncio.taskgroups', 'email.message', 'http.server', 'json.decoder', 'turtle']:
    path = importlib.util.find_spec(name).origin
    source = open(path, encoding='utf-8').read()
    owners = [None] * (source.count('\\n') + 1)
    names = set()
    def walk(node, prefix, in_function):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                name = prefix if in_function else f'{prefix}.{child.name}' if prefix else child.name
                names.add(name)
                start = min([child.lineno, *(item.lineno for item in child.decorator_list)])
                owners[start - 1:child.end_lineno] = [name] * (child.end_lineno - start + 1)
                walk(child, name, in_function or not isinstance(child, ast.ClassDef))
            else:
                walk(child, prefix, in_function)
    walk(ast.parse(source), '', False)
    print(json.dumps({'source': source, 'owners': owners, 'names': sorted(names)}))
`

test("agrees with Python's own parser on its standard library", async () => {
  const { stdout } = await child('python3', ['-I', '-c', expected], { env: cleanEnvironment() })
  const modules = stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(modules).toHaveLength(15)
  for (const { source, owners, names } of modules) {
    const outline = outlinePython(source)
    expect([...outline.names].toSorted()).toEqual(names)
    const lines: string[] = source.split('\n')
    const isQuiet = (index: number) => outline.owners[index] === null && /^\s*(#.*)?$/.test(lines[index]!)
    expect(outline.owners.filter((_, index) => !isQuiet(index))).toEqual(
      owners.filter((_: unknown, index: number) => !isQuiet(index)),
    )
  }
})
