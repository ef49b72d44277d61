import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startHub } from '../../test/support/hub-server.ts'
import { pythonClients } from '../../test/support/python-clients.ts'
import { type Written, childJson, writtenByPeers } from './dataset-peers.ts'
import { type PushCost, buildInto, pushOurs, pushPeer } from './dataset-push.ts'
import { type Measure, atMost, figure } from './measure.ts'
import { reportOf500 } from './report.ts'

const megabyte = 1_000_000
const pushed = 5000

/** Records to Parquet beside other writers, a large dataset in little memory, and pushes beside `datasets.push_to_hub`. */
export async function* measures(): AsyncGenerator<Measure> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-dataset-bench-'))
  try {
    const clients = await pythonClients()
    if ('missing' in clients) console.error(`without peers: Python clients cannot be installed: ${clients.missing}`)
    const python = 'python' in clients ? clients.python : null
    yield* ofParquet(folder, python)
    yield* ofPushes(folder, python)
    yield* ofMemory(folder)
    yield reportOf500()
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function* ofParquet(folder: string, python: string | null): AsyncGenerator<Measure> {
  const built = join(folder, '10k')
  const whole = await child('dataset-build.ts', '10000', built)
  yield figure('10,000 records, the whole dataset, time', whole.seconds, 's')
  const source = join(built, 'records.jsonl')
  const ours: Written = await child('dataset-parquet.ts', source, join(folder, 'ours'))
  const peers: Record<string, Written> = python === null ? {} : await writtenByPeers(python, source, folder)
  const of = (key: keyof Written, unit: number) =>
    Object.fromEntries(Object.entries(peers).map(([name, each]) => [name, each[key] / unit]))
  yield figure('10,000 records to Parquet, time', ours.seconds, 's', of('seconds', 1))
  yield figure('10,000 records to Parquet, size', ours.bytes / megabyte, 'MB', of('bytes', megabyte))
  const memory = of('peakBytes', megabyte)
  yield figure('10,000 records to Parquet, peak memory', ours.peakBytes / megabyte, 'MB', memory)
  await rm(built, { recursive: true })
}

async function* ofPushes(folder: string, python: string | null): AsyncGenerator<Measure> {
  const hub = await startHub({ largeFrom: 10 * megabyte })
  const [before, after] = [join(folder, 'before'), join(folder, 'after')]
  try {
    await buildInto(before, pushed, null)
    await buildInto(after, pushed, pushed / 2)
    const steps = [
      ['first push', before],
      ['the same again', before],
      ['one record edited', after],
    ] as const
    for (const [step, build] of steps) {
      const ours = await pushOurs(hub, build)
      const home = join(folder, `home ${step}`)
      const peer = python === null ? null : await pushPeer(hub, python, home, build)
      yield* costs(`5,000 records, ${step}`, ours, peer, step)
    }
  } finally {
    await hub.close()
  }
}

function* costs(title: string, ours: PushCost, peer: PushCost | null, step: string): Generator<Measure> {
  const other = (key: keyof PushCost, unit = 1): Record<string, number> =>
    peer === null ? {} : { 'datasets.push_to_hub': peer[key] / unit }
  const sent = [`${title}, sent`, ours.bytes / megabyte, 'MB', other('bytes', megabyte)] as const
  yield step === 'one record edited' ? atMost(1, ...sent) : figure(...sent)
  const commits = [`${title}, commits`, ours.commits, 'commits', other('commits')] as const
  yield step === 'the same again' ? atMost(0, ...commits) : figure(...commits)
  yield figure(`${title}, requests`, ours.requests, 'requests', other('requests'))
  yield figure(`${title}, time`, ours.seconds, 's', other('seconds'))
}

async function* ofMemory(folder: string): AsyncGenerator<Measure> {
  const { seconds, peakBytes } = await child('dataset-build.ts', '100000', join(folder, '100k'))
  yield atMost(1000, '100,000 records, the whole dataset, peak memory', peakBytes / megabyte, 'MB')
  yield figure('100,000 records, the whole dataset, time', seconds, 's')
}

function child(script: string, ...args: string[]): Promise<any> {
  return childJson(process.execPath, [join(import.meta.dirname, script), ...args])
}
