import ruff from '@astral-sh/ruff-wasm-nodejs'
import { execa } from 'execa'
import { bannedNames } from '../../plugins/isobench/src/domain/test-rules/banned-names.ts'

/** The ancestor's validation: it parses, has forty characters, and `def` or `import` somewhere. */
export function ancestorAccepts(code: string, parses: boolean): boolean {
  return parses && code.trim().length >= 40 && /def|import/.test(code)
}

/** ruff with the rules that come nearest to ours, and our list of banned names. */
export function createRuff(): (code: string) => number {
  const banned = bannedNames.filter(({ path }) => !path.startsWith('builtins.'))
  const workspace = new ruff.Workspace(
    {
      'target-version': 'py311',
      lint: {
        select: [
          'E9',
          'F821',
          'F403',
          'E722',
          'BLE001',
          'B012',
          'B019',
          'S102',
          'S307',
          'S605',
          'S606',
          'B009',
          'TID251',
        ],
        'flake8-tidy-imports': {
          'banned-api': Object.fromEntries(banned.map(({ path, rule }) => [path, { msg: rule }])),
        },
      },
    },
    ruff.PositionEncoding.Utf32,
  )
  return (code) => workspace.check(code).length
}

/** Median milliseconds in which a warm interpreter parses and compiles a script, and does nothing else. */
export async function bareParseMilliseconds(code: string): Promise<number> {
  const program = `
import ast, statistics, sys, time
code = sys.stdin.read()
def once():
    start = time.perf_counter()
    compile(ast.parse(code), "x", "exec")
    return (time.perf_counter() - start) * 1e3
print(statistics.median(once() for _ in range(50)))`
  const { stdout } = await execa('python3', ['-I', '-S', '-c', program], { input: code })
  return Number(stdout)
}
