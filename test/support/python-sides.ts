import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Interpreters } from '../../plugins/isobench/src/schema/run-bundle.ts'

/** Two real virtual environments, and a folder for whatever else a test writes. */
export interface PythonSides {
  readonly folder: string
  readonly interpreters: Interpreters
  remove(): Promise<void>
}

/** Makes an environment a side that holds a module `demo` with the code given. Nothing is downloaded. */
export async function createSides(code: { base: string; head: string }, python = 'python3'): Promise<PythonSides> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-sides-'))
  const [base, head] = await Promise.all([
    createSide(join(folder, 'base'), code.base, python),
    createSide(join(folder, 'head'), code.head, python),
  ])
  return {
    folder,
    interpreters: { base, head, read_only: [] },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function createSide(folder: string, code: string, python: string): Promise<string> {
  await execa(python, ['-m', 'venv', '--without-pip', folder])
  const [version] = await readdir(join(folder, 'lib'))
  const site = join(folder, 'lib', version!, 'site-packages')
  await mkdir(site, { recursive: true })
  await writeFile(join(site, 'demo.py'), code)
  return join(folder, 'bin', 'python')
}

/** `work(n)` in two speeds with one result: head does a fourth of what base does. */
export const slowAndFast = {
  base: 'def work(n):\n    return sum(i for i in range(4 * n)) * 0 + n\n\ndef idle():\n    return 0\n',
  head: 'def work(n):\n    return sum(i for i in range(n)) * 0 + n\n\ndef idle():\n    return 0\n',
}

/** A test of `work` with other code for some of its parts. */
export function testScript(parts: { top?: string; setup?: string; experiment?: string; rest?: string } = {}): string {
  return [
    'import demo',
    parts.top ?? '',
    `def setup():\n    ${parts.setup ?? 'return 20000'}`,
    `def experiment(state):\n    ${parts.experiment ?? 'return demo.work(state)'}`,
    parts.rest ?? 'def digest(result):\n    return result',
    '',
  ].join('\n\n')
}
