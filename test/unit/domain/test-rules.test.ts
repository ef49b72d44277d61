import { describe, expect, test } from 'vitest'
import { pythonSyntax } from '../../../plugins/isobench/src/adapters/python-syntax.ts'
import { checkTest, formatDiagnostic } from '../../../plugins/isobench/src/domain/test-rules.ts'
import { withFooter, withoutFooter } from '../../../plugins/isobench/src/domain/footer.ts'

const python = pythonSyntax(async () => 'python3')

async function findings(code: string, packageImport = 'demo'): Promise<string[]> {
  const reading = await python.read(code)
  if ('problem' in reading) throw new Error(reading.problem.message)
  return checkTest(reading.tree, { packageImport, changed: [] }).map(formatDiagnostic)
}

const body = 'import demo\n\ndef setup():\n    return 1\n\ndef experiment(state):\n    return demo.parse(state)\n'

describe('accepted', () => {
  test.each([
    ['the least', body],
    ['all four functions', `${body}def digest(result): return result\ndef metrics(result): return {}\n`],
    ['a package below', body.replace('import demo', 'from demo.parse import parse').replace('demo.parse(', 'parse(')],
    [
      'an import inside a function',
      body.replace('import demo\n', '').replace('return 1', 'import demo.x\n    return 1'),
    ],
    ['defaults', body.replace('setup()', 'setup(size=1)').replace('(state)', '(state, extra=None, *, key=1)')],
    ['any arguments', body.replace('(state)', '(*args, **kwargs)')],
    ['a generator inside', body.replace('return 1', 'return list(x for x in (lambda: (yield))())')],
    ['a nested generator', body.replace('return 1', 'def inner():\n        yield 1\n    return list(inner())')],
  ])('%s', async (_name, code) => {
    expect(await findings(code)).toEqual([])
  })
})

describe('rejected', () => {
  test.each([
    [
      'nothing',
      'x = 1\n',
      [
        'missing-function: no top-level function `setup()`',
        'missing-function: no top-level function `experiment(state)`',
        'package-not-imported: `demo` is never imported',
      ],
    ],
    [
      'a setup in a class',
      body.replace('def setup():\n    return 1', 'class T:\n    def setup(self): return 1'),
      ['missing-function: no top-level function `setup()`'],
    ],
    [
      'parameters of setup',
      body.replace('setup()', 'setup(size)'),
      ['3:1 wrong-parameters: must be callable as `setup()`'],
    ],
    [
      'no parameter of experiment',
      body.replace('(state)', '()'),
      ['6:1 wrong-parameters: must be callable as `experiment(state)`'],
    ],
    [
      'two parameters of experiment',
      body.replace('(state)', '(state, more)'),
      ['6:1 wrong-parameters: must be callable as `experiment(state)`'],
    ],
    [
      'a keyword that must be given',
      body.replace('(state)', '(state, *, size)'),
      ['6:1 wrong-parameters: must be callable as `experiment(state)`'],
    ],
    [
      'a digest without a parameter',
      `${body}def digest(): return 1\n`,
      [
        '8:1 wrong-parameters: must be callable as `digest(result)`',
        '8:1 self-report: `digest` says the same whatever was computed',
      ],
    ],
    [
      'an async experiment',
      body.replace('def experiment', 'async def experiment'),
      ['6:1 not-a-plain-function: `experiment` must be neither async nor a generator'],
    ],
    [
      'a lazy experiment',
      body.replace('return demo', 'yield demo'),
      ['6:1 not-a-plain-function: `experiment` must be neither async nor a generator'],
    ],
    [
      'a redefinition',
      `${body}def experiment(): return 1\n`,
      ['8:1 redefined-function: `experiment` is defined twice', '8:1 no-work: `experiment` does nothing'],
    ],
    [
      'another package',
      body.replace('import demo', 'import demo_fake'),
      ['package-not-imported: `demo` is never imported'],
    ],
    [
      'no package',
      body.replace('import demo\n', 'demo = object()\n'),
      ['package-not-imported: `demo` is never imported'],
    ],
    [
      'a relative import',
      body.replace('import demo', 'from .demo import parse'),
      ['package-not-imported: `demo` is never imported'],
    ],
    [
      'the contract line',
      body.replace('return demo', 'print("Execution time: %.6fs" % 0.1)\n    return demo'),
      ['7:11 contract-line: timing and the line `Execution time:` belong to the harness'],
    ],
    [
      'a main block',
      `${body}if __name__ == "__main__":\n    experiment(setup())\n`,
      ['8:1 main-block: no `__main__` block: the tool appends it'],
    ],
  ])('%s', async (_name, code, expected) => {
    expect(await findings(code)).toEqual(expected)
  })
})

describe('the footer', () => {
  const footer = '\n\n# Appended by the tool.\nif __name__ == "__main__":\n    print(experiment(setup()))\n'

  test('is appended after two blank lines, and equal code gives equal bytes', () => {
    const whole = withFooter('x = 1', footer)
    expect(whole).toBe(
      'x = 1\n\n\n# Appended by the tool.\nif __name__ == "__main__":\n    print(experiment(setup()))\n',
    )
    expect(withFooter('x = 1\r\n\r\n', footer)).toBe(whole)
  })

  test('is taken off again, also when it is of an earlier version', () => {
    expect(withoutFooter(withFooter('x = 1\n', footer), footer)).toBe('x = 1\n')
    expect(withoutFooter('x = 1\n\n# Appended by the tool.\nolder()\n', footer)).toBe('x = 1\n')
    expect(withoutFooter('x = 1\n', footer)).toBe('x = 1\n')
    expect(withoutFooter('x = 1\n', '')).toBe('x = 1\n')
  })
})
