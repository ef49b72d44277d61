import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createLocalRunner } from '../../../plugins/isobench/src/adapters/runner.ts'
import { decide } from '../../../plugins/isobench/src/domain/decision.ts'
import { completePairs, exclusionOf, parseRuns } from '../../../plugins/isobench/src/domain/runs.ts'
import type { IsobenchError } from '../../../plugins/isobench/src/errors.ts'
import { bundleOf } from '../../support/bundle.ts'
import { hasCompiler } from '../../support/programs.ts'
import { type PythonSides, createSides, slowAndFast, testScript } from '../../support/python-sides.ts'
import { type StubGpu, createStubGpu } from '../../support/stub-gpu.ts'

let sides: PythonSides
let gpu: StubGpu

beforeAll(async () => {
  if (!hasCompiler) return
  sides = await createSides(slowAndFast)
  gpu = await createStubGpu()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await gpu?.set({})
})
afterAll(async () => {
  if (!hasCompiler) return
  await sides.remove()
  await gpu.remove()
})

/** Measures on the stub, with a test whose n-th process (from 0) begins with the lines given for n. */
async function measure(name: string, processes: Record<number, string>, experiment = 'return demo.work(state)') {
  const counter = join(sides.folder, name)
  const cases = Object.entries(processes).map(([index, line]) => `if count == ${index}: ${line}`)
  const script = testScript({
    top: [
      `import os, sys, time`,
      `def gpu(text):`,
      `    with open(${JSON.stringify(gpu.state)}, 'w') as file: file.write('uuid ${process.pid}\\n' + text)`,
    ].join('\n'),
    setup: [
      `count = os.path.getsize(${JSON.stringify(counter)}) if os.path.exists(${JSON.stringify(counter)}) else 0`,
      `open(${JSON.stringify(counter)}, 'a').write('x')`,
      ...cases,
      'return 20000',
    ].join('\n    '),
    experiment,
  })
  const bundle = await bundleOf(sides, script, { accelerator: 'nvidia:nvidia-stub' })
  const measured = await gpu.use(() => createLocalRunner(sides.folder).measure(bundle, () => {}))
  return { plan: bundle.plan, measured, runs: parseRuns(measured.runs) }
}

/** Process 0 and 1 watch for functions, 2 and 3 burn in, so that pair 0 is of processes 4 and 5. */
const firstOfPair = (pair: number) => 4 + 2 * pair

describe.skipIf(!hasCompiler)('a GPU', () => {
  test('is described, given to the process alone by its UUID, and watched', async () => {
    const seen = "assert os.environ['CUDA_VISIBLE_DEVICES'] == '" + gpu.uuid(1) + "', os.environ"
    const { measured, runs, plan } = await measure('plain', { 0: seen, 5: seen })
    expect(measured.fingerprint.accelerator).toEqual({
      name: 'NVIDIA Stub',
      driver: '580.1',
      uuid_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      vbios: null,
      power_limit_watts: 700,
      maximum_sm_clock_mhz: 1980,
      application_sm_clock_mhz: null,
      persistence: true,
      ecc: true,
      mig: null,
    })
    expect(runs.at(-1)!.telemetry).toMatchObject({
      before: { sm_clock_mhz: 1980, temperature_celsius: 40, power_watts: 70.5 },
      throttled_seconds: { 'power-cap': 0, 'software-thermal': 0 },
    })
    expect(runs.filter((run) => run.excluded !== undefined)).toEqual([])
    expect(runs.filter((run) => run.host!.spin !== null).map((run) => run.index)).toEqual([0, 4, 8, 12, 16])
    expect(decide(plan, runs).verdict).toBe('improved')
  })

  test('that others compute on is left to them where another is free', async () => {
    await gpu.set({ devices: 2, pid1: 1 })
    const { runs } = await measure('second', { 0: `assert os.environ['CUDA_VISIBLE_DEVICES'] == '${gpu.uuid(2)}'` })
    expect(runs[0]!.result).toBe('ok')
  })

  test('is the one that CUDA_VISIBLE_DEVICES names, by number or UUID, as Slurm gives it', async () => {
    await gpu.set({ devices: 2 })
    for (const [index, named] of ['1', gpu.uuid(2), '1,7,0'].entries()) {
      vi.stubEnv('CUDA_VISIBLE_DEVICES', named)
      const { runs } = await measure(`named${index}`, { 0: "raise OSError(os.environ['CUDA_VISIBLE_DEVICES'])" })
      expect(runs[0]!.message).toBe(`OSError: ${gpu.uuid(2)}`)
    }
    for (const named of ['', '7', 'MIG-1']) {
      vi.stubEnv('CUDA_VISIBLE_DEVICES', named)
      const error = await measure(`no${named}`, {}).catch((thrown: unknown) => thrown)
      expect((error as IsobenchError).message).toBe(
        `no such accelerator among CUDA_VISIBLE_DEVICES=${named}: nvidia:nvidia-stub`,
      )
    }
  })

  test('that others compute on is refused where it is the only one', async () => {
    await gpu.set({ pid1: 1 })
    const error = await measure('busy', {}).catch((thrown: unknown) => thrown)
    expect((error as IsobenchError).format()).toMatchInlineSnapshot(`
      "error: another program computes on the device: process 1 on NVIDIA Stub

      hint: end the other program or wait for it, and run the target again: it goes on"
    `)
  })
})

describe.skipIf(!hasCompiler)('while it is measured on', () => {
  test('throttling drops the pair, and no other', async () => {
    const { plan, runs } = await measure('hot', { [firstOfPair(3)]: "gpu('thermal 2000000')" })
    const pairs = completePairs(runs)
    expect(
      pairs
        .map(exclusionOf)
        .map((reason, pair) => [pair, reason])
        .filter(([, reason]) => reason),
    ).toEqual([[3, 'throttled']])
    expect(runs.find((run) => run.excluded)!.telemetry!.throttled_seconds).toMatchObject({ 'software-thermal': 0.002 })
    expect(pairs).toHaveLength(9)
    expect(decide(plan, runs)).toMatchObject({ verdict: 'improved', pairs: 8 })
  })

  test('another program that comes halfway and goes again drops its pairs', async () => {
    const { plan, runs } = await measure('guest', {
      [firstOfPair(4)]: "gpu('pid1 1')",
      [firstOfPair(4) + 1]: "gpu('')",
    })
    expect(runs.filter((run) => run.excluded).map((run) => [run.pair, run.excluded])).toEqual([
      [4, 'foreign-process'],
      [4, 'foreign-process'],
    ])
    expect(decide(plan, runs)).toMatchObject({ verdict: 'improved', pairs: 8 })
  })

  test('one that comes to stay makes it inconclusive', async () => {
    const { plan, runs } = await measure('lodger', { [firstOfPair(2)]: "gpu('pid1 1')" })
    const decision = decide(plan, runs)
    expect(decision).toMatchObject({ verdict: 'inconclusive', pairs: 2, stopped_by: 'exclusions' })
    expect(decision.flags).toContain('many-exclusions')
  })

  test('a test that fails while another program is there has not failed: it is to be run again', async () => {
    const outOfMemory = [
      "gpu('pid1 1')",
      "raise type('OutOfMemoryError', (RuntimeError,), {'__module__': 'torch'})('CUDA out of memory')",
    ].join('; ')
    const error = await measure('crowded', { [firstOfPair(1)]: outOfMemory }).catch((thrown: unknown) => thrown)
    expect((error as IsobenchError).code).toBe('device-busy')
    expect((error as IsobenchError).message).toMatchInlineSnapshot(
      `"another program came onto the device and the test failed: torch.OutOfMemoryError: CUDA out of memory"`,
    )
    await gpu.set({})
    const { plan, runs } = await measure('crowded', { [firstOfPair(1)]: outOfMemory })
    expect(runs.every((run) => run.result === 'ok')).toBe(true)
    expect(decide(plan, runs).verdict).toBe('improved')
  })
})
