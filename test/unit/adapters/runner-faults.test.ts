import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MeasurementSettings } from '../../../plugins/isobench/src/schema/measurement-settings.ts'
import { completePairs } from '../../../plugins/isobench/src/domain/runs.ts'
import { bundleOf, measureBundle } from '../../support/bundle.ts'
import { type PythonSides, createSides, slowAndFast, testScript } from '../../support/python-sides.ts'

let sides: PythonSides
beforeAll(async () => {
  sides = await createSides(slowAndFast)
})
afterAll(() => sides.remove())

const measure = async (script: string, settings: Partial<MeasurementSettings> = {}) =>
  measureBundle(sides, await bundleOf(sides, script, settings))
const plausible = "print('Execution time: 0.001000s', flush=True)"

describe('a test that lies or breaks never becomes a number', () => {
  const faults: [string, string, Partial<MeasurementSettings>, object][] = [
    [
      'prints a plausible line and exits 1',
      testScript({ top: 'import sys', experiment: `${plausible}; sys.exit(1)` }),
      {},
      { reason: 'test-crashed', side: 'base' },
    ],
    [
      'prints it before a traceback',
      testScript({ experiment: `${plausible}; raise ValueError('no such row')` }),
      {},
      { reason: 'test-crashed', side: 'base', message: 'coverage process: ValueError: no such row' },
    ],
    [
      'prints it to every open file and leaves at once',
      testScript({
        top: 'import os',
        experiment: "[os.write(fd, b'Execution time: 0.001000s\\n') for fd in range(1, 4)]; os._exit(0)",
      }),
      {},
      { reason: 'contract-violated', message: 'coverage process: the first line of standard output is not JSON' },
    ],
    [
      'prints what a library logs and leaves without an error',
      testScript({ top: 'import sys', experiment: "print('took 1.23 seconds'); sys.exit(0)" }),
      {},
      { reason: 'contract-violated', message: 'coverage process: ended without a result' },
    ],
    [
      'measures something that is not a number',
      testScript({ rest: "def metrics(result):\n    return {'throughput': float('nan')}" }),
      {},
      { reason: 'contract-violated', message: 'coverage process: metric `throughput` is not a finite number: nan' },
    ],
    [
      'computes nothing yet',
      testScript({ experiment: 'return (demo.work(state) for _ in range(1))' }),
      {},
      {
        reason: 'contract-violated',
        message: 'coverage process: experiment() returned a generator, which has computed nothing yet',
      },
    ],
    [
      'has no experiment',
      'import demo\n\ndef setup():\n    return demo.work(1)\n',
      {},
      { reason: 'contract-violated', message: 'coverage process: the test has no function `experiment`' },
    ],
    [
      'ignores SIGTERM and hangs',
      testScript({
        top: 'import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)',
        experiment: 'time.sleep(60)',
      }),
      { timeout_seconds: 1 },
      { reason: 'timed-out', side: 'base', message: 'coverage process: no end after 1 s' },
    ],
    [
      'runs out of memory on head only',
      testScript({ top: 'import sys', setup: "'x' * ((1 << 33) if 'head' in sys.prefix else 1); return 20000" }),
      { memory_bytes: 1 << 30 },
      { reason: 'out-of-memory', side: 'head', message: 'coverage process: MemoryError' },
    ],
    [
      'runs out of device memory on head only',
      testScript({
        top: 'import sys',
        experiment: [
          "if 'head' in sys.prefix:",
          "    raise type('OutOfMemoryError', (RuntimeError,), {'__module__': 'torch'})('CUDA out of memory. Tried 2 GiB')",
          'return demo.work(state)',
        ].join('\n    '),
      }),
      {},
      {
        reason: 'out-of-memory',
        side: 'head',
        message: 'coverage process: torch.OutOfMemoryError: CUDA out of memory. Tried 2 GiB',
      },
    ],
    [
      'writes 1 GB where the result belongs',
      testScript({ top: 'import os', setup: "[os.write(3, b'x' * (1 << 20)) for _ in range(1024)]; return 20000" }),
      {},
      {
        reason: 'contract-violated',
        side: 'base',
        message: 'coverage process: standard output is not the two lines of the harness',
      },
    ],
    [
      'is killed by the kernel',
      testScript({ top: 'import os, signal', experiment: 'os.kill(os.getpid(), signal.SIGKILL)' }),
      {},
      { reason: 'out-of-memory', side: 'base', message: 'coverage process: killed by the kernel' },
    ],
    [
      'computes different things on the two sides',
      testScript({ top: 'import sys', rest: "def digest(result):\n    return 'head' in sys.prefix" }),
      {},
      { reason: 'output-differs', side: null },
    ],
    [
      'computes different things every time',
      testScript({ top: 'import os', rest: 'def digest(result):\n    return os.getpid() if os.environ else 0' }),
      {},
      { reason: 'output-differs' },
    ],
    [
      'never calls the changed code',
      testScript({ experiment: 'return demo.idle()' }),
      {},
      { reason: 'change-not-exercised', side: 'base', message: 'none of the changed functions ran: demo.work' },
    ],
    [
      'catches everything and times the except branch',
      testScript({
        experiment:
          'try:\n        return demo.work(state, "no such argument")\n    except Exception:\n        return None',
      }),
      {},
      { reason: 'change-not-exercised', side: 'base', message: 'none of the changed functions ran: demo.work' },
    ],
    [
      'catches what only head raises, out of the changed code',
      testScript({
        top: 'import sys',
        experiment:
          "try:\n        return demo.work('x' if 'head' in sys.prefix else state)\n    except Exception:\n        return None",
        rest: 'def digest(result):\n    return result is None',
      }),
      {},
      { reason: 'output-differs', side: null },
    ],
  ]
  test.each(faults)('%s', async (_name, script, settings, expected) => {
    const { runs, outcome } = await measure(script, settings)
    expect(outcome).toMatchObject({ status: 'failed', ...expected })
    expect(runs.filter((run) => run.purpose === 'pair')).toEqual([])
  })

  test('a crash in the middle ends it there', async () => {
    const script = testScript({
      top: "import os\ncounter = os.path.join(os.environ['XDG_CACHE_HOME'], 'counter')",
      setup: [
        'count = len(open(counter).read()) if os.path.exists(counter) else 0',
        "open(counter, 'a').write('x')",
        "assert count < 4, 'enough'",
        'return 20000',
      ].join('\n    '),
    })
    const { runs, outcome } = await measure(script)
    expect(outcome).toMatchObject({ reason: 'test-crashed', message: 'pair process: AssertionError: enough' })
    expect(runs.at(-1)).toMatchObject({ result: 'test-crashed', seconds: null, iterations_seconds: [], exit_code: 1 })
    expect(runs.at(-1)!.stderr_tail).toContain('Traceback')
  })
})

describe('a test that only makes noise is measured all the same', () => {
  test('one that prints plausible lines', async () => {
    const { runs, outcome } = await measure(
      testScript({ experiment: `${plausible}; ${plausible}; return demo.work(state)` }),
    )
    expect(outcome.status).toBe('ok')
    expect(runs.every((run) => run.seconds !== 0.001)).toBe(true)
  })

  test('one that patches the clocks', async () => {
    const { runs, outcome } = await measure(
      testScript({
        top: 'import time\nsleep = time.sleep\ntime.perf_counter = time.perf_counter_ns = time.time = time.sleep = lambda *_: 0',
        experiment: 'sleep(0.005); return demo.work(10)',
      }),
    )
    expect(outcome.status).toBe('ok')
    for (const run of runs) expect(run.seconds).toBeGreaterThan(0.0049)
  })

  test('one that writes 1 GB in its first process and 10 MB in the others', async () => {
    const count = `1000 if not os.path.exists(${JSON.stringify(join(sides.folder, 'flooded'))}) else 10`
    const { runs, outcome } = await measure(
      testScript({
        top: 'import os',
        setup: [
          `count = ${count}`,
          `open(${JSON.stringify(join(sides.folder, 'flooded'))}, 'w').close()`,
          "for _ in range(count): print('x' * 1_000_000)",
          'return 20000',
        ].join('\n    '),
        rest: '',
      }),
    )
    expect(outcome.status).toBe('ok')
    expect(runs[0]!.digest).toBeNull()
    expect(completePairs(runs)).toHaveLength(8)
  })

  test('one that forks and comes back twice', async () => {
    const { outcome } = await measure(testScript({ top: 'import os', setup: 'os.fork(); return 20000' }))
    expect(outcome.status).toBe('ok')
  })

  test('one that leaves children: they are gone with their process', async () => {
    const marker = '86399.5'
    const { outcome } = await measure(
      testScript({
        top: 'import subprocess',
        setup: `subprocess.Popen(['sleep', '${marker}'], start_new_session=True); return 20000`,
      }),
    )
    expect(outcome.status).toBe('ok')
    expect((await commandLines()).filter((line) => line.includes(marker))).toEqual([])
  })
})

async function commandLines(): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return Promise.all(processes.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
}
