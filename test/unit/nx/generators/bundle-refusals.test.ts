import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, describe, expect, test } from 'vitest'
import { chooseInterpreter } from '../../../../plugins/isobench/src/adapters/python.ts'
import {
  type BundledOptions,
  type BundledWorkspace,
  createBundledWorkspace,
  readLines,
  resultsOf,
  runBundle,
} from '../../../support/bundled-workspace.ts'

const python = (await chooseInterpreter(['>=3.9'])).path

let workspace: BundledWorkspace
afterEach(() => workspace.remove())

async function ship(options: BundledOptions = {}): Promise<string> {
  workspace = await createBundledWorkspace(options)
  return workspace.ship()
}

describe('the machine of a bundle refuses', () => {
  test.each([
    [
      'a wheel that was damaged',
      (bundle: string) => appendTo(bundle, 'wheels'),
      'file of the bundle is damaged: wheels/',
    ],
    ['a harness that was edited', (bundle: string) => appendTo(bundle, 'harness/rule.py'), 'damaged: harness/rule.py'],
    [
      'a test that is gone',
      (bundle: string) => rm(join(bundle, 'commits/demo-00000000/efficiency_test.py')),
      'missing',
    ],
  ])('%s', async (_name, damage, message) => {
    const bundle = await ship()
    await damage(bundle)
    const { exitCode, all } = await runBundle(bundle, [], { python })
    expect(exitCode).toBe(3)
    expect(all).toContain(message)
  })

  test('to run a test without the sandbox unless it is told to, and the runs say so', async () => {
    const bundle = await ship({ measurement: 'profile: quick\n' })
    const environment = { PATH: join(bundle, 'nowhere') }
    const refused = await runBundle(bundle, [], { python, environment })
    expect(refused).toMatchObject({ exitCode: 3 })
    expect(refused.all).toContain(
      'error: demo-00000000: no such program: bwrap; --unsandboxed runs the test with your rights',
    )
    const allowed = await runBundle(bundle, ['--unsandboxed'], { python, environment })
    expect(allowed).toMatchObject({ exitCode: 0 })
    const runs = await readLines(join(resultsOf(bundle), 'runs.jsonl'))
    expect(new Set(runs.map(({ sandbox }) => sandbox))).toEqual(new Set(['none']))
    await workspace.collect(bundle)
    expect(await workspace.decide()).toMatchObject({
      sandbox: 'none',
      decision: { flags: expect.arrayContaining(['unsandboxed']) },
    })
  })

  test('another Python than the lock is for', async () => {
    const bundle = await ship()
    const manifest = join(bundle, 'bundle.json')
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(/"python": "[^"]+"/, '"python": "3.99"'))
    const { exitCode, all } = await runBundle(bundle, [], { python })
    expect(exitCode).toBe(3)
    expect(all).toContain('error: demo-00000000: the wheels need Python 3.99, this is ')
  })

  test('a commit that it has not', async () => {
    const bundle = await ship()
    const { exitCode, all } = await runBundle(bundle, ['demo-11111111'], { python })
    expect({ exitCode, all }).toEqual({ exitCode: 3, all: 'error: no such commit in the bundle: demo-11111111' })
    expect((await runBundle(bundle, ['--list'], { python })).stdout).toBe('demo-00000000')
  })
})

async function appendTo(bundle: string, path: string): Promise<void> {
  const { stdout } = await execa('find', [join(bundle, path), '-type', 'f'])
  await appendFile(stdout.split('\n')[0]!, '\n')
}
