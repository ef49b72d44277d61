import { join } from 'node:path'
import { layouts, serve, versionOf } from '../../test/support/wheel-eras.ts'
import { type WheelHost, startWheelHost } from '../../test/support/wheel-host.ts'
import { type Workspace, createWorkspace } from '../../test/support/workspace.ts'
import { bundleOfTinyCommits } from './graph-repository.ts'
import { largeWheelMaker } from './large-wheels.ts'
import { type Measure, atMost } from './measure.ts'
import { type Timing, timeNx } from './nx-timing.ts'

const pairs = 100

/**
 * Seconds of `nx g nx-isobench:probe` over 100 commits in an empty store, Nx itself and the copy of the repository with
 * it. No commit is on two sides, so that nothing is shared; every layout that wheels.vllm.ai has had takes a sixth
 * of them, on a loopback host with the two addresses that `commits/vllm` has; each wheel has 400 MB.
 * Peers: the CPU time of its Node process, the same command again and over no commit at all; what was asked for and sent.
 */
export async function probeOfHundred(): Promise<Measure> {
  const [workspace, host] = await Promise.all([createWorkspace(), startWheelHost()])
  try {
    await fill(workspace, host)
    const cold = await timeProbe(workspace, [], pairs)
    const requests = host.requests.length
    const megabytes = host.sentBytes / 1e6
    const again = await timeProbe(workspace, [], pairs)
    const nothing = await timeProbe(workspace, ['--projects='], 0)
    return atMost(5, `probe of ${pairs} commits`, cold.seconds, 's', {
      'CPU (s)': cold.cpuSeconds,
      'again (s)': again.seconds,
      'of no commit (s)': nothing.seconds,
      'of no commit, CPU (s)': nothing.cpuSeconds,
      requests,
      'sent (MB)': megabytes,
    })
  } finally {
    await Promise.all([workspace.remove(), host.close()])
  }
}

async function fill(workspace: Workspace, host: WheelHost): Promise<void> {
  const bundle = join(workspace.directory, 'commits/vllm/repository.bundle')
  const settings = {
    bundle: 'repository.bundle',
    package: { name: 'vllm', import: 'vllm' },
    wheels: [{ kind: 'wheel-index', urls: [host.url, `${host.url}/old`] }],
  }
  await workspace.write('commits/vllm/repository.yaml', JSON.stringify(settings))
  const hashes = await bundleOfTinyCommits(2 * pairs, bundle, { 'vllm/version.py': '__version__ = "0.5.3"\n' })
  const sides = hashes.map((hash, index) => ({
    hash,
    layout: layouts[Math.floor(index / 2) % layouts.length]!.layout,
  }))
  for (const { layout } of layouts) {
    const wheelOf = await largeWheelMaker((hash) => versionOf(hash, layout))
    for (const side of sides.filter((each) => each.layout === layout))
      serve(host, side.hash, layout, wheelOf(side.hash))
  }
  for (const hash of hashes.filter((_, index) => index % 2 === 1)) {
    await workspace.write(`commits/vllm/${hash.slice(0, 8)}/commit.yaml`, `head: "${hash}"\n`)
  }
}

async function timeProbe(workspace: Workspace, args: readonly string[], commits: number): Promise<Timing> {
  const command = ['g', 'nx-isobench:probe', '--quiet', '--format', 'json', ...args]
  return timeNx(workspace, command, ({ output }) => {
    const found = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1))
    const expected = Math.floor((commits * (layouts.length - 1)) / layouts.length)
    const installable = found.steps.at(-1).commits
    if (found.commits !== commits || Math.abs(installable - expected) > 1) {
      throw new Error(`probed ${found.commits} commits, ${installable} installable`)
    }
  })
}
