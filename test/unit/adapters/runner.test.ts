import { appendFile, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLocalRunner } from '../../../plugins/isobench/src/adapters/runner.ts'
import { decide } from '../../../plugins/isobench/src/domain/decision.ts'
import { runOutcome } from '../../../plugins/isobench/src/domain/run-outcome.ts'
import { completePairs, parseRuns } from '../../../plugins/isobench/src/domain/runs.ts'
import { IsobenchError } from '../../../plugins/isobench/src/errors.ts'
import { bundleOf, measureBundle } from '../../support/bundle.ts'
import { type PythonSides, createSides, slowAndFast, testScript } from '../../support/python-sides.ts'

let sides: PythonSides
beforeAll(async () => {
  sides = await createSides(slowAndFast)
})
afterAll(() => sides.remove())

const runner = () => createLocalRunner(sides.folder)
const silent = () => {}

describe('measure', () => {
  test('measures until the rule stops, and never the same thing twice', async () => {
    const bundle = await bundleOf(sides, testScript())
    const lines: string[] = []
    const measured = await runner().measure(bundle, (line) => lines.push(line))
    const runs = parseRuns(measured.runs)
    expect(runOutcome(bundle.plan, runs).status).toBe('ok')
    expect(decide(bundle.plan, runs)).toMatchObject({ verdict: 'improved', pairs: 8, stopped_by: 'decision' })
    expect(runs.map((run) => run.purpose).slice(0, 4)).toEqual(['coverage', 'coverage', 'burn-in', 'burn-in'])
    expect(runs.map((run) => run.index)).toEqual([...runs.keys()])
    expect(runs.slice(0, 2).map((run) => run.reached)).toEqual([['demo.work'], ['demo.work']])
    expect(runs.at(-1)).toMatchObject({ plan_sha256: measured.planSha256, exit_code: 0, digest: { numbers: [] } })
    const letters = runs.slice(4).map((run) => (run.side === 'base' ? 'A' : 'B'))
    expect(letters.join('')).toBe(bundle.plan.blocks.slice(0, 4).join(''))
    expect(lines[0]).toMatch(/^pair 1 of at most 8, -\d+\.\d % time, next look at 8, in about \d+ s$/)
    expect(lines[7]).toMatch(/^pair 8 of at most 8, -\d+\.\d % time \[-\d+\.\d %, -\d+\.\d %\]$/)
    expect(lines[8]).toBe('finished: decision')
    expect(measured.fingerprint).toMatchObject({ accelerator: null, cores: expect.any(Number) })

    const again = await runner().measure(
      { ...bundle, interpreters: () => Promise.reject(new Error('not asked for')) },
      (line) => lines.push(line),
    )
    expect(again).toEqual(measured)
    expect(lines).toHaveLength(9)
  })

  test('goes on at the next pair after a kill, also one in the middle of a line', async () => {
    const bundle = await bundleOf(sides, testScript({ top: '# killed' }))
    const killed = runner().measure(bundle, (line) => {
      if (line.startsWith('pair 3')) void killHarness(sides.folder)
    })
    await expect(killed).rejects.toMatchObject({ code: 'interrupted', message: 'measuring was stopped' })
    const [name] = await bundlesWith(sides.folder, '# killed')
    const path = join(sides.folder, 'bundles', name!, 'out', 'runs.jsonl')
    const before = await readFile(path, 'utf8')
    await appendFile(path, '{"index": 99, "purp')
    await expect.poll(() => processesNaming(name!)).toEqual([])

    const { runs: text } = await runner().measure(bundle, silent)
    expect(text.startsWith(before)).toBe(true)
    const runs = parseRuns(text)
    expect(runs.map((run) => run.index)).toEqual([...runs.keys()])
    expect(completePairs(runs)).toHaveLength(8)
    const resumed = runs.slice(before.split('\n').length - 1)
    expect(resumed.map((run) => run.purpose).slice(0, 3)).toEqual(['burn-in', 'burn-in', 'pair'])
    expect(decide(bundle.plan, runs).verdict).toBe('improved')
  })

  test('measures again what ended in a failure, and keeps the old runs', async () => {
    const script = testScript({ top: "import os\nassert not os.path.exists('/tmp/isobench-test-failure')" })
    const bundle = await bundleOf(sides, script)
    await writeFile('/tmp/isobench-test-failure', '')
    const failed = await measureBundle(sides, bundle)
    await rm('/tmp/isobench-test-failure')
    expect(failed.outcome.reason).toBe('test-crashed')
    expect((await measureBundle(sides, bundle)).outcome.status).toBe('ok')
    const [name] = await bundlesWith(sides.folder, 'isobench-test-failure')
    expect(await readdir(join(sides.folder, 'bundles', name!, 'out'))).toContain('runs.0.jsonl')
  })

  test('refuses a bundle whose script is not that of its plan', async () => {
    const bundle = await bundleOf(sides, testScript({ top: '# changed later' }))
    await runner().measure(bundle, silent)
    const [name] = await bundlesWith(sides.folder, '# changed later')
    const folder = join(sides.folder, 'bundles', name!)
    await appendFile(join(folder, 'efficiency_test.py'), '# more\n')
    const ended = await execa('python3', [join(folder, 'harness/run.py'), folder, join(folder, 'out')], {
      reject: false,
    })
    expect([ended.exitCode, ended.stderr]).toEqual([
      3,
      'corrupt-artifact: script differs from the plan: efficiency_test.py',
    ])
  })

  test('one measurement at a time on one device', async () => {
    const lines: string[] = []
    const measured = await Promise.all(
      ['# one', '# other'].map(async (top) => {
        const bundle = await bundleOf(sides, testScript({ top }))
        return runner().measure(bundle, (line) => lines.push(line))
      }),
    )
    expect(
      lines.filter((line) => line === 'waiting for the device: another measurement is running').length,
    ).toBeGreaterThan(0)
    const finished = lines.findIndex((line) => line.startsWith('finished'))
    expect(lines.slice(finished + 1).filter((line) => line.startsWith('pair'))).toHaveLength(8)
    expect(measured[0]!.planSha256).not.toBe(measured[1]!.planSha256)
  })

  test('stops when the one who started it dies', async () => {
    const bundle = await bundleOf(
      sides,
      testScript({ top: '# orphan\nimport time', setup: 'time.sleep(60); return 1' }),
    )
    const module = join(import.meta.dirname, '../../../plugins/isobench/src/adapters/runner.ts')
    const program = `
      import { createLocalRunner } from ${JSON.stringify(module)}
      const { plan, test, interpreters } = JSON.parse(process.argv[1])
      await createLocalRunner(${JSON.stringify(sides.folder)}).measure({ plan, test, interpreters: async () => interpreters }, () => {})`
    const given = JSON.stringify({ plan: bundle.plan, test: bundle.test, interpreters: sides.interpreters })
    const parent = execa(process.execPath, ['--input-type=module', '-e', program, given], { reject: false })
    await expect.poll(() => bundlesWith(sides.folder, '# orphan'), { timeout: 20_000 }).toHaveLength(1)
    const [name] = await bundlesWith(sides.folder, '# orphan')
    await expect.poll(() => processesNaming(`${name!}/harness/measure.py`), { timeout: 20_000 }).toHaveLength(1)
    parent.kill('SIGKILL')
    await parent
    await expect.poll(() => processesNaming(name!), { timeout: 10_000 }).toEqual([])
  })
})

describe('trial', () => {
  test('runs the test once on each side, however the first ends', async () => {
    const good = await runner().trial(await bundleOf(sides, testScript()), silent)
    expect(good.map(({ purpose, side, result }) => [purpose, side, result])).toEqual([
      ['coverage', 'base', 'ok'],
      ['coverage', 'head', 'ok'],
    ])
    const broken = await runner().trial(await bundleOf(sides, testScript({ setup: 'return nothing' })), silent)
    expect(broken.map(({ side, result, message }) => [side, result, message])).toEqual([
      ['base', 'test-crashed', "NameError: name 'nothing' is not defined"],
      ['head', 'test-crashed', "NameError: name 'nothing' is not defined"],
    ])
  })
})

describe('what a machine lacks', () => {
  test('the sandbox', async () => {
    const bundle = await bundleOf(sides, testScript({ top: '# boxed' }), { sandbox: 'bubblewrap' })
    const error = await withPrograms(['python3', 'env', 'bash'], () =>
      runner()
        .measure(bundle, silent)
        .catch((thrown: unknown) => thrown),
    )
    expect(error).toBeInstanceOf(IsobenchError)
    expect((error as IsobenchError).format()).toMatchInlineSnapshot(`
      "error: no such program: bwrap

      hint: install bubblewrap, or set \`sandbox: none\` in measurement.yaml if you trust the test with your rights"
    `)
  })

  test('the accelerator', async () => {
    const bundle = await bundleOf(sides, testScript(), { accelerator: 'nvidia:h100' })
    const error = await withPrograms(['python3', 'env', 'bash'], () =>
      runner()
        .measure(bundle, silent)
        .catch((thrown: unknown) => thrown),
    )
    expect((error as IsobenchError).format()).toMatchInlineSnapshot(`
      "error: no such accelerator on this machine: nvidia:h100

      hint: measure on a machine that has it, or change \`accelerator\` in measurement.yaml"
    `)
  })
})

/** The bundles of a store whose script contains a text. */
async function bundlesWith(store: string, text: string): Promise<string[]> {
  const names = await readdir(join(store, 'bundles')).catch(() => [])
  const scripts = await Promise.all(
    names.map((name) => readFile(join(store, 'bundles', name, 'efficiency_test.py'), 'utf8').catch(() => '')),
  )
  return names.filter((_, index) => scripts[index]!.includes(text))
}

/** Process ids of the Python processes whose command line contains a text. */
async function processesNaming(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_, index) => lines[index]!.includes('harness/') && lines[index]!.includes(text))
}

async function killHarness(store: string): Promise<void> {
  for (const pid of await processesNaming(store)) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (line.includes('run.py')) process.kill(pid, 'SIGKILL')
  }
  await sleep(10)
}

/** Does something while only the programs named are on the search path. */
async function withPrograms<Result>(names: string[], action: () => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-path-'))
  const before = process.env['PATH']
  for (const name of names) {
    const real =
      name === 'python3' ? (await execa('python3', ['-c', 'import sys; print(sys.executable)'])).stdout : name
    const found = name === 'python3' ? real : (await execa('which', [name])).stdout
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await symlink(found, join(folder, name))
  }
  process.env['PATH'] = folder
  try {
    return await action()
  } finally {
    process.env['PATH'] = before
    await rm(folder, { recursive: true })
  }
}
