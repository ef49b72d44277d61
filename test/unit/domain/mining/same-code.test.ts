import { beforeAll, describe, expect, test } from 'vitest'
import { type PythonSyntax, pythonSyntax } from '../../../../plugins/isobench/src/adapters/python-syntax.ts'
import { sameText, sameTree } from '../../../../plugins/isobench/src/domain/mining/same-code.ts'

let python: PythonSyntax

beforeAll(() => {
  python = pythonSyntax(async () => 'python3')
})

/** What text and trees together say. */
async function isSame(base: string, head: string): Promise<boolean | string> {
  const answer = sameText({ language: 'python', base, head })
  if (answer !== 'perhaps') return answer === 'same'
  const [before, after] = [await python.read(base), await python.read(head)]
  if ('problem' in before || 'problem' in after) return 'unreadable'
  return sameTree(before.tree, after.tree)
}

const code = `import os

def f(a, b=1):
    """Adds."""
    # slow
    return a + b * 2.5
`

describe('Python that is the same program', () => {
  test.each([
    ['another comment', code.replace('# slow', '# fast')],
    ['another docstring', code.replace('Adds.', 'Adds two numbers faster.')],
    ['no docstring', code.replace('    """Adds."""\n', '')],
    ['other layout', 'import os\ndef f(\n    a,\n    b = 1,\n):\n  return (a + b *\\\n 2.5)\n'],
    ['other quotes', `${code}X = 'a'\n`, `${code}X = "a"\n`],
    ['a docstring with code in it', code.replace('Adds.', '>>> f(1, 2)\n    >>> g(3)')],
    ['a number in another spelling', `${code}N = 1_000 + 0XFF\n`, `${code}N = 1000 + 0xff\n`],
    ['CRLF', code.replaceAll('\n', '\r\n')],
  ])('%s', async (_, head, base = code) => {
    expect(await isSame(base, head)).toBe(true)
  })
})

describe('Python that is another program', () => {
  test.each([
    ['another number', code.replace('2.5', '2.6')],
    ['another name', code.replace('a + b', 'a + c')],
    ['another operator', code.replace('a + b', 'a - b')],
    ['another text', `${code}X = 'a'\n`, `${code}X = 'b'\n`],
    ['other bytes', `${code}X = b'a'\n`, `${code}X = b'b'\n`],
    ['another level of indentation', 'for a in b:\n    c()\n    d()\n', 'for a in b:\n    c()\nd()\n'],
    ['other grouping', 'x = (a + b) * c\n', 'x = a + (b * c)\n'],
    ['a tuple in place of a value', 'x = a\n', 'x = a,\n'],
    ['text that a function returns', 'def f():\n    return "a"\n', 'def f():\n    return "b"\n'],
    ['a decorator', code, code.replace('def f', '@cache\ndef f')],
    ['what an f-string shows', 'x = f"{a}"\n', 'x = f"{b}"\n'],
  ])('%s', async (_, head, base = code) => {
    expect(await isSame(base, head)).toBe(false)
  })

  test('that nobody can read counts as changed', async () => {
    expect(await isSame('print "a"\n', 'print  "b"\n')).toBe('unreadable')
  })
})

describe('C, C++ and CUDA', () => {
  const kernel = '#define N 4\n__global__ void f(float* x) { x[0] = 1; /* slow */ } // done\n'
  test.each([
    ['comments and layout', kernel, '#define N 4\n__global__ void f(float *x)\n{\n  x[0] = 1;\n}\n', 'same'],
    ['a number', kernel, kernel.replace('= 1', '= 2'), 'different'],
    ['what looks like a comment in text', 'a = "//x";', 'a = "//y";', 'different'],
    ['what looks like text in a comment', "a; // it's\nb;", 'a;\nb;', 'same'],
    ['raw text', 'a = R"(/* x */)";', 'a = R"(/* y */)";', 'different'],
    ['where a directive ends', '#define A\nb', '#define A b', 'different'],
    ['a continued comment', 'a; // x \\\n b;\nc;', 'a;\nc;', 'same'],
    ['a comment that never ends', 'a; /* b', 'a;', 'same'],
  ])('%s', (_, base, head, answer) => {
    expect(sameText({ language: 'c', base, head })).toBe(answer)
  })

  test('of a million characters are read in one go', () => {
    const long = `${'/*'.repeat(100_000)}${'"'.repeat(300_001)}${'\\'.repeat(200_000)}`
    expect(sameText({ language: 'c', base: long, head: `${long}x` })).toBe('same')
    expect(sameText({ language: 'python', base: `a${long}`, head: `b${long}` })).toBe('different')
  })
})
