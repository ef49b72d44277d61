import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pythonSyntax } from '../../../plugins/isobench/src/adapters/python-syntax.ts'
import { createLocalRunner } from '../../../plugins/isobench/src/adapters/runner.ts'
import { type ReadTest, typeChecker } from '../../../plugins/isobench/src/adapters/type-checker.ts'
import type { PythonNode } from '../../../plugins/isobench/src/domain/python-tree.ts'
import { type Diagnostic, checkTest, formatDiagnostic } from '../../../plugins/isobench/src/domain/test-rules.ts'
import { trialDiagnostics } from '../../../plugins/isobench/src/domain/trial.ts'
import type { ChangedFunction } from '../../../plugins/isobench/src/schema/analysis.ts'
import { bundleOf } from '../../support/bundle.ts'
import { installSides } from '../../support/corpus/installed-sides.ts'
import { type CorpusScript, readCorpus } from '../../support/corpus/read-corpus.ts'
import { hasBubblewrap } from '../../support/programs.ts'
import { type PythonSides, createSides, slowAndFast } from '../../support/python-sides.ts'

const syntax = pythonSyntax(async () => 'python3')
const bad = {
  rules: readCorpus('bad-static.txt'),
  types: readCorpus('bad-api.txt'),
  run: readCorpus('bad-contained.txt'),
}
const good = readCorpus('good.txt')
const table: string[][] = []

async function staticFindings(code: string, packageImport: string, changed = ['work']): Promise<Diagnostic[]> {
  const reading = await syntax.read(code)
  return 'problem' in reading ? [reading.problem] : checkTest(reading.tree, { packageImport, changed })
}

async function treeOf(code: string): Promise<PythonNode> {
  const reading = await syntax.read(code)
  if ('problem' in reading) throw new Error(formatDiagnostic(reading.problem))
  return reading.tree
}

/** The findings of the type checker in many tests of one package, in one go. */
async function typeFindings(scripts: readonly CorpusScript[], packageImport: string): Promise<Diagnostic[][]> {
  const installed = await installSides()
  try {
    const tests: ReadTest[] = await Promise.all(scripts.map(async ({ code }) => ({ code, tree: await treeOf(code) })))
    return await typeChecker(async () => installed.interpreters, packageImport).check(tests)
  } finally {
    await installed.remove()
  }
}

function note(kind: string, script: CorpusScript, expected: string, found: readonly Diagnostic[]): void {
  const [first] = found
  table.push([kind, script.name, expected, first === undefined ? '-' : formatDiagnostic(first)])
}

afterAll(() => {
  const rows = table.map((row) => row.map((cell) => stripVTControlCharacters(cell).slice(0, 110)))
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  process.stdout.write(`${lines.join('\n')}\n`)
})

test('the corpus is as large as it should be', () => {
  expect(Object.values(bad).flat().length).toBeGreaterThanOrEqual(60)
  expect(good.length).toBeGreaterThanOrEqual(20)
})

describe('bad tests that the rules find', () => {
  test.each(bad.rules)('$name', async (script) => {
    const rule = script.columns[1]!
    const found = await staticFindings(script.code, 'demo')
    note('bad, rules', script, rule, found)
    expect(found.map((each) => each.rule)).toContain(rule)
  })
})

describe('bad tests that only what is installed gives away', () => {
  test.each(['demo', 'vllm'])('of %s', async (packageImport) => {
    const scripts = bad.types.filter(({ columns }) => columns[2] === packageImport)
    const before = await Promise.all(scripts.map(({ code }) => staticFindings(code, packageImport, [])))
    expect(before.flat()).toEqual([])
    const found = await typeFindings(scripts, packageImport)
    for (const [index, script] of scripts.entries()) note('bad, types', script, script.columns[1]!, found[index]!)
    expect(found.map((each) => each.map(({ rule }) => rule))).toEqual(scripts.map(({ columns }) => [columns[1]]))
  })
})

describe('good tests', () => {
  test.each(['demo', 'vllm'])('nothing is said against those of %s', async (packageImport) => {
    const scripts = good.filter(({ columns }) => columns[0] === packageImport)
    const found = await Promise.all(
      scripts.map(({ code, columns }) => staticFindings(code, packageImport, [columns[1]!])),
    )
    const types = await typeFindings(scripts, packageImport)
    for (const [index, script] of scripts.entries()) {
      note('good', script, '-', [...found[index]!, ...types[index]!])
    }
    expect([...found, ...types].flat()).toEqual([])
  })
})

describe.skipIf(!hasBubblewrap)('bad tests that sandbox and harness contain', () => {
  let sides: PythonSides
  beforeAll(async () => {
    sides = await createSides(slowAndFast)
  })
  afterAll(() => sides.remove())

  test.each(bad.run)('$name', async (script) => {
    process.env['OPENAI_API_KEY'] = 'canary'
    const expected = script.columns[1]!
    expect(await staticFindings(script.code, 'demo')).toEqual([])
    const settings = {
      sandbox: 'bubblewrap',
      memory_bytes: 1 << 30,
      timeout_seconds: expected === 'timed-out' ? 3 : 60,
    } as const
    const runs = await createLocalRunner(sides.folder).trial(await bundleOf(sides, script.code, settings), () => {})
    const work: ChangedFunction = { path: 'demo.py', name: 'work', module: 'demo', sides: ['base', 'head'] }
    const found = trialDiagnostics(runs, [work])
    note('bad, run', script, expected, found)
    if (expected === 'harmless') {
      expect(found).toEqual([])
      expect(runs.map(({ seconds }) => seconds! > 0.00001)).toEqual([true, true])
    } else {
      expect(found.map(({ rule }) => rule)).toEqual([expected, expected])
    }
  })
})
