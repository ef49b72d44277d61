import { join } from 'node:path'
import { changePoints } from '../../plugins/isobench/src/domain/change-points.ts'
import { chooseInterpreter } from '../../plugins/isobench/src/adapters/python.ts'
import { exists, writeAtomically } from '../../plugins/isobench/src/adapters/files.ts'
import { run } from '../../plugins/isobench/src/adapters/process.ts'
import { noisyLevels } from '../../test/support/noisy-series.ts'
import { toolsDirectory } from '../../test/support/python-project.ts'
import { type Measure, figure } from './measure.ts'

const series = 1000
/** The peer is slow: it gets the first of the same series. */
const peerSeries = 20
const requirement = 'signal-processing-algorithms==2.1.6'

/** Change points of many series, beside MongoDB's E-divisive with as many permutations, in processor seconds. */
export async function* historyMeasures(): AsyncGenerator<Measure> {
  const values = Array.from({ length: series }, (_, seed) =>
    noisyLevels(
      seed,
      [
        { count: 50, level: 0 },
        { count: 50, level: seed % 2 === 0 ? 0 : 0.05 },
      ],
      0.01,
    ),
  )
  const started = process.cpuUsage()
  const found = values.filter((each, seed) => changePoints(each, String(seed)).length > 0).length
  const { user, system } = process.cpuUsage(started)
  const peer = await peerSeconds(values.slice(0, peerSeries))
  const name = `signal-processing-algorithms, from ${peerSeries} series`
  const peers: Measure['peers'] = peer === null ? {} : { [name]: (peer * series) / peerSeries }
  yield figure(`change points of ${series} series of 100 points, ${found} with one`, (user + system) / 1e6, 's', peers)
}

/** Processor seconds of the peer; null where it cannot be installed. */
async function peerSeconds(values: readonly (readonly number[])[]): Promise<number | null> {
  const folder = join(toolsDirectory, '../change-points')
  const python = join(folder, 'bin/python')
  const done = join(folder, `installed ${requirement}`)
  if (!(await exists(done))) {
    const { path } = await chooseInterpreter(['>=3.9', '<3.12'])
    for (const [program, args] of [
      [path, ['-m', 'venv', folder]],
      [python, ['-m', 'pip', 'install', '--quiet', requirement]],
    ] as const) {
      const { exitCode, stderr } = await run(program, args, { timeoutSeconds: 600 })
      if (exitCode === 0) continue
      console.error(`without the peer ${requirement}: ${stderr.trim().split('\n').at(-1)}`)
      return null
    }
    await writeAtomically(done, '')
  }
  const script = `
import json, sys, time
from signal_processing_algorithms.energy_statistics.energy_statistics import e_divisive
values = json.load(sys.stdin)
started = time.process_time()
for each in values: e_divisive(each, pvalue=0.01, permutations=999)
print(time.process_time() - started)`
  const { exitCode, stdout, stderr } = await run(python, ['-c', script], { input: JSON.stringify(values) })
  if (exitCode !== 0) throw new Error(`${requirement}: ${stderr.slice(-1000)}`)
  return Number(stdout)
}
