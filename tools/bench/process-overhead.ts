import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { median } from '../../plugins/isobench/src/domain/hodges-lehmann.ts'

const harness = join(import.meta.dirname, '../../plugins/isobench/harness/measure.py')
const request = JSON.stringify({
  nonce: 'bench',
  purpose: 'pair',
  functions: [],
  timing: {
    warmup_iterations: 1,
    warmup_seconds: 0,
    settle_seconds: 0,
    timed_iterations: 1,
    timed_seconds: 0,
    rest_seconds: 0,
    limit_seconds: 1,
  },
})

/** Seconds of a measuring process around a test that does nothing, and of a bare interpreter, by turns: medians. */
export async function processOverhead(rounds: number): Promise<{ measuring: number; bare: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-overhead-'))
  try {
    const script = join(folder, 'efficiency_test.py')
    await writeFile(script, 'def setup():\n    return None\n\n\ndef experiment(state):\n    return None\n')
    const seconds: { measuring: number[]; bare: number[] } = { measuring: [], bare: [] }
    for (let round = 0; round < rounds; round++) {
      seconds.measuring.push(await timed(['-s', '-B', harness, script], 'Execution time: '))
      seconds.bare.push(await timed(['-s', '-B', '-c', 'print("done")'], 'done'))
    }
    return { measuring: median(seconds.measuring), bare: median(seconds.bare) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function timed(args: readonly string[], expected: string): Promise<number> {
  const started = performance.now()
  const { stdout } = await execa('python3', args, { input: `${request}\n` })
  const seconds = (performance.now() - started) / 1000
  if (!stdout.includes(expected)) throw new Error(`output without ${expected}: ${stdout}`)
  return seconds
}
