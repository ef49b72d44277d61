import { appendFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterEach, describe, expect, test } from 'vitest'
import { sha256 } from '../../../../plugins/isobench/src/adapters/files.ts'
import {
  type Interpreter,
  chooseInterpreter,
  findInterpreters,
} from '../../../../plugins/isobench/src/adapters/python.ts'
import { fitsPython } from '../../../../plugins/isobench/src/domain/python-version.ts'
import { createBundle } from '../../../../plugins/isobench/src/nx/generators/bundle.ts'
import {
  type BundledOptions,
  type BundledWorkspace,
  createBundledWorkspace,
  repositoryYaml,
  resultsOf,
  runBundle,
} from '../../../support/bundled-workspace.ts'
import { testScript } from '../../../support/python-sides.ts'
import { startWheelHost } from '../../../support/wheel-host.ts'
import { makeWheel } from '../../../support/wheels.ts'

const python = (await chooseInterpreter(['>=3.9'])).path

let workspace: BundledWorkspace
afterEach(() => workspace.remove())

async function ship(options: BundledOptions = {}): Promise<string> {
  workspace = await createBundledWorkspace(options)
  return workspace.ship()
}

describe('a bundle', { timeout: 300_000 }, () => {
  test('is measured by Python alone, goes on after a kill, and is decided from here', async () => {
    const bundle = await ship()
    const first = runBundle(bundle, [], { python })
    for await (const line of first) if (line.startsWith('pair 3')) first.kill('SIGKILL')
    const runs = join(resultsOf(bundle), 'runs.jsonl')
    await expect.poll(async () => harnessOf(bundle), { timeout: 30_000 }).toEqual([])
    const before = await readFile(runs, 'utf8')
    await appendFile(runs, '{"index": 99, "purp')
    expect(await workspace.collect(bundle)).toEqual([
      'refused: demo-00000000: cut off in the middle of a line: runs.jsonl',
      'results were refused: demo-00000000',
    ])
    await writeFile(runs, before)
    expect((await workspace.collect(bundle))[0]).toMatch(/refused: demo-00000000: not finished, complete pairs: [23]$/)

    const second = await runBundle(bundle, [], { python })
    expect(second.all).toContain('finished: decision\nmeasured 1 of 1 commits: ')
    expect(second.exitCode).toBe(0)
    expect((await readFile(runs, 'utf8')).startsWith(before)).toBe(true)
    expect(await workspace.collect(bundle)).toEqual([
      'collected: demo-00000000',
      'next: npx nx run-many -t run-gpu -p demo-00000000',
    ])
    const measurement = await workspace.decide()
    expect(measurement).toMatchObject({
      outcome: { status: 'ok' },
      decision: { verdict: 'improved', pairs: 8, flags: expect.arrayContaining(['unsandboxed']) },
      functions_reached: { base: ['demo.work'], head: ['demo.work'] },
      installed: { dependencies: 'lock', base: { packages: { demo: '1.0' } }, head: { packages: { demo: '1.0' } } },
    })
    expect(await workspace.collect(join(bundle, 'results'))).toEqual(['already collected: demo-00000000'])
    await refuseWhatNoLongerFits(bundle)
  })

  test('a crash there is an outcome here', async () => {
    const bundle = await ship({ test: testScript({ experiment: 'raise ValueError("never")' }) })
    expect((await runBundle(bundle, [], { python })).exitCode).toBe(0)
    expect(await workspace.collect(bundle)).toContain('collected: demo-00000000')
    expect((await workspace.decide()).outcome).toMatchObject({ status: 'failed', reason: 'test-crashed', side: 'base' })
  })

  test('brings the controls along: base against itself, and against a second installation of it', async () => {
    const measurement = 'profile: quick\nsandbox: none\ncontrols:\n  second_base: true\n  blind_share: 1\n'
    const bundle = await ship({ measurement })
    expect((await runBundle(bundle, ['--list'], { python })).all).toBe(
      'demo-00000000\ndemo-00000000.second-base\ndemo-00000000.blind',
    )
    expect((await runBundle(bundle, [], { python })).exitCode).toBe(0)
    expect(await workspace.collect(bundle)).toEqual([
      'collected: demo-00000000',
      'collected: demo-00000000, control blind',
      'collected: demo-00000000, control second-base',
      'next: npx nx run-many -t run-gpu -p demo-00000000',
    ])
    const { controls, decision } = await workspace.decide()
    expect(decision.verdict).toBe('improved')
    expect(controls.map(({ kind, outcome }) => [kind, outcome.status])).toEqual([
      ['second-base', 'ok'],
      ['blind', 'ok'],
    ])
    const file = join(bundle, 'results', 'demo-00000000.second-base', 'interpreters.json')
    const interpreters = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>
    expect(interpreters['base']).not.toBe(interpreters['head'])
  })

  test('has the wheels of the lock that fit, as the lock names them', async () => {
    const host = await startWheelHost()
    const wheel = await makeWheel({ name: 'helper', version: '2.5', files: { 'helper/__init__.py': 'FACTOR = 3\n' } })
    const name = 'helper-2.5-py3-none-any.whl'
    host.files.set(`/${name}`, wheel)
    const digest = sha256(wheel)
    const foreign = `{ url = "${host.url}/helper-2.5-cp311-cp311-win_amd64.whl", hashes = { sha256 = "${'0'.repeat(64)}" } }`
    const own = `{ url = "${host.url}/${name}", size = 9, hashes = { sha256 = "${digest}" } }`
    const locked = `\n[[packages]]\nname = "helper"\nversion = "2.5"\nwheels = [\n    ${foreign},\n    ${own},\n]\n`
    const code = 'import helper\ndef work(n):\n    return sum(i for i in range(n * FACTOR)) * 0 + n\n'
    const [base, head] = [code.replace('FACTOR', 'helper.FACTOR'), code.replace(' * FACTOR', '')]
    const bundle = await ship({ locked, code: { base, head } })
    await host.close()
    const { all, exitCode } = await runBundle(bundle, [], { python })
    expect({ all, exitCode }).toMatchObject({ exitCode: 0 })
    await workspace.collect(bundle)
    expect(await workspace.decide()).toMatchObject({
      decision: { verdict: 'improved' },
      installed: { base: { packages: { demo: '1.0', helper: '2.5' } } },
    })
  })

  test('takes everything but the package from the machine where the repository says so', async () => {
    const options = { dependencySource: 'host', requires: ['lender', 'absent'] } as const
    const repository = `${repositoryYaml}dependency_source: host\n`
    const code = 'import lender, further\ndef work(n):\n    return sum(i for i in range(n * lender.FACTOR)) * 0 + n\n'
    const bundle = await ship({
      ...options,
      repository,
      code: { base: code, head: code.replace('lender.FACTOR', '1') },
    })
    for (const { path, version } of await oldestAndNewest()) {
      const far = `${bundle}-${version}`
      await execa('cp', ['-r', bundle, far])
      const lending = join(far, 'venv', 'bin', 'python')
      await execa(path, ['-m', 'venv', '--without-pip', join(far, 'venv')])
      const site = join(far, 'venv', 'lib', `python${version.split('.').slice(0, 2).join('.')}`, 'site-packages')
      await installByHand(site, 'lender', '7.0', 'FACTOR = 4\n')
      await installByHand(join(far, 'more'), 'further', '0.1', '')
      // Another copy of the package must not win.
      await installByHand(site, 'demo', '0.0', 'raise ImportError("the one of the host")\n')
      const variables = { PYTHONPATH: join(far, 'more'), PATH: '/usr/bin:/bin' }
      const { all, exitCode } = await runBundle(far, [], { python: lending, environment: variables })
      expect(all).toContain('note: required, but not on this machine: absent')
      expect({ all, exitCode }).toMatchObject({ exitCode: 0 })
      await rm(join(workspace.directory, '.isobench', 'bundles'), { recursive: true, force: true })
      expect(await workspace.collect(far)).toContain('collected: demo-00000000')
      expect(await workspace.decide()).toMatchObject({
        decision: { verdict: 'improved', flags: expect.arrayContaining(['unsandboxed', 'host-dependencies']) },
        installed: {
          dependencies: 'host',
          base: { python: version, packages: { demo: '1.0', lender: '7.0', further: '0.1' } },
        },
      })
      await rm(far, { recursive: true })
    }
  })
})

describe('making a bundle', () => {
  test('needs a test, a commit that is there, and a folder of its own', async () => {
    workspace = await createBundledWorkspace()
    const { tree, log, directory } = workspace
    const output = join(directory, 'bundle')
    const make = async (projects: string[]) => (await createBundle(tree, { projects, output }, log))()
    await expect(make([])).rejects.toMatchObject({ message: 'no commit was named' })
    await expect(make(['demo-11111111'])).rejects.toMatchObject({ message: 'no such commit project: demo-11111111' })
    await mkdir(output)
    await writeFile(join(output, 'thesis.tex'), '')
    await expect(make(['demo-00000000'])).rejects.toMatchObject({
      message: `the folder holds something else than a bundle: ${output}`,
    })
    await rm(join(directory, 'commits/demo/00000000/out/generation.json'))
    await expect(make(['demo-00000000'])).rejects.toMatchObject({
      message: 'no test yet: demo-00000000',
      hint: 'npx nx run-many -t generate-test -p demo-00000000',
    })
  })

  test('again gives the same bytes, and leaves results alone', async () => {
    workspace = await createBundledWorkspace()
    const { tree, log, directory } = workspace
    const output = join(directory, 'bundle')
    const make = async () => (await createBundle(tree, { all: true, output }, log))()
    await make()
    const manifest = await readFile(join(output, 'bundle.json'), 'utf8')
    await mkdir(join(output, 'results'))
    await make()
    expect(await readFile(join(output, 'bundle.json'), 'utf8')).toBe(manifest)
    expect((await execa('ls', [output])).stdout.split('\n')).toContain('results')
  })
})

/** Takes the results of a workspace that has changed since. */
async function refuseWhatNoLongerFits(bundle: string): Promise<void> {
  const [first] = await readdir(join(workspace.directory, '.isobench', 'bundles'))
  await writeFile(join(workspace.directory, '.isobench', 'bundles', first!, 'out', 'runs.jsonl'), '')
  const refusal = async () => (await workspace.collect(bundle))[0]
  expect(await refusal()).toBe(
    'refused: demo-00000000: other runs of this plan are here already; raise `session` to measure again',
  )
  await workspace.write('commits/demo/00000000/out/efficiency_test.py', testScript({ top: '# another' }))
  expect(await refusal()).toBe('refused: demo-00000000: measured another efficiency test than this workspace has')
  await rename(resultsOf(bundle), join(bundle, 'results', 'demo-11111111'))
  expect(await refusal()).toBe('refused: demo-11111111: no such commit project: demo-11111111')
  await rm(join(bundle, 'results'), { recursive: true })
  expect(await refusal()).toBe(`no results: ${bundle}`)
}

/** Of the Pythons on this machine that are new enough. */
async function oldestAndNewest(): Promise<Interpreter[]> {
  const found: Interpreter[] = []
  for await (const each of findInterpreters()) if (fitsPython(each.version, '>=3.9')) found.push(each)
  found.sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }))
  return found.length === 1 ? found : [found[0]!, found.at(-1)!]
}

/** The processes of a harness of the bundle that still run. */
async function harnessOf(bundle: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-eo', 'args'])
  return stdout.split('\n').filter((line) => line.includes(`${bundle}/harness/`))
}

async function installByHand(site: string, name: string, version: string, code: string): Promise<void> {
  const information = join(site, `${name}-${version}.dist-info`)
  await mkdir(information, { recursive: true })
  await writeFile(join(information, 'METADATA'), `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`)
  await writeFile(join(information, 'top_level.txt'), `${name}\n`)
  await writeFile(join(dirname(information), `${name}.py`), code)
}
