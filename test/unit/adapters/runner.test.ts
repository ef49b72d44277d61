import { appendFile, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTextIfPresent, sha256 } from '../../../plugins/isobench/src/adapters/files.ts'
import { createLocalRunner } from '../../../plugins/isobench/src/adapters/runner.ts'
import { canonicalJson } from '../../../plugins/isobench/src/domain/canonical-json.ts'
import { decide } from '../../../plugins/isobench/src/domain/decision.ts'
import { runOutcome } from '../../../plugins/isobench/src/domain/run-outcome.ts'
import { parseRuns } from '../../../plugins/isobench/src/domain/runs.ts'
import { IsobenchError } from '../../../plugins/isobench/src/errors.ts'
import type { Run } from '../../../plugins/isobench/src/schema/run-bundle.ts'
import { bundleOf, measureBundle } from '../../support/bundle.ts'
import { type PythonSides, createSides, slowAndFast, testScript } from '../../support/python-sides.ts'

let sides: PythonSides
beforeAll(async () => {
  sides = await createSides(slowAndFast)
})
afterAll(() => sides.remove())

const runner = () => createLocalRunner(sides.folder)
const silent = () => {}
const waiting = { timeout: 60_000 }

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

  test('goes on at the next pair after a kill, wherever it comes, also in the middle of a line', async () => {
    const bundle = await bundleOf(sides, testScript({ top: '# killed' }))
    const planned = sha256(canonicalJson(bundle.plan))
    const path = join(sides.folder, 'bundles', planned, 'out', 'runs.jsonl')
    const lines = async () => ((await readTextIfPresent(path)) ?? '').split('\n').slice(0, -1)
    let kept: string[] = []
    for (const more of [0, 1, 3, 4, 5, 6, 7]) {
      const session = runner().measure(bundle, silent)
      const killed = expect(session).rejects.toMatchObject({ code: 'interrupted', message: 'measuring was stopped' })
      await expect.poll(async () => (await lines()).length >= kept.length + more, waiting).toBe(true)
      await expect.poll(() => killHarness(planned), waiting).toBe(true)
      await killed
      await expect.poll(() => processesNaming(planned), waiting).toEqual([])
      const now = await lines()
      expect(now.slice(0, kept.length)).toEqual(kept)
      kept = now
      await mkdir(dirname(path), { recursive: true })
      await appendFile(path, '{"index": 99, "purp')
    }

    const { runs: text, planSha256 } = await runner().measure(bundle, silent)
    expect(planSha256).toBe(planned)
    expect(text.startsWith(kept.map((line) => `${line}\n`).join(''))).toBe(true)
    const runs = parseRuns(text)
    expect(runs.map((run) => run.index)).toEqual([...runs.keys()])
    expect(new Set(runs.map((run) => run.plan_sha256))).toEqual(new Set([planned]))
    expect(decide(bundle.plan, runs)).toMatchObject({ verdict: 'improved', pairs: 8 })
    const timed = runs.filter((run) => run.purpose === 'pair')
    const again = timed.filter((run, index) => timed.findIndex((first) => sameProcess(first, run)) < index)
    expect(again.length).toBeLessThanOrEqual(7)
    for (const run of again)
      expect(timed.some((other) => other.index > run.index && other.pair! < run.pair!)).toBe(false)
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
    await expect.poll(() => bundlesWith(sides.folder, '# orphan'), waiting).toHaveLength(1)
    const [name] = await bundlesWith(sides.folder, '# orphan')
    await expect.poll(() => processesNaming(`${name!}/harness/measure.py`), waiting).toHaveLength(1)
    parent.kill('SIGKILL')
    await parent
    await expect.poll(() => processesNaming(name!), waiting).toEqual([])
  }, 200_000)
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

/** Kills the harness that works on a bundle; false when there is none. */
async function killHarness(bundle: string): Promise<boolean> {
  for (const pid of await processesNaming(bundle)) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (!line.includes('run.py')) continue
    process.kill(pid, 'SIGKILL')
    return true
  }
  return false
}

function sameProcess(one: Run, other: Run): boolean {
  return one.pair === other.pair && one.side === other.side
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
