import { readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SlurmSandbox, createSlurmSandbox, hasSlurm } from '../support/slurm-sandbox.ts'
import { eventually } from '../support/slurm-tasks.ts'
import { type NxResult, type Workspace, createWorkspace } from '../support/workspace.ts'

/** An improvement, a crash, an output that differs, a test that misses the change, and one that is not measured. */
const commits = ['160a9906', '18fdfa04', 'daa6e0ca', '5ca22d4d', '9d2f6d54']
const settings = 'cpus: 1\nmemory: 500M\npoll_seconds: 0.5\n'

let cluster: SlurmSandbox
let workspace: Workspace

beforeAll(async () => {
  if (!hasSlurm) return
  cluster = await createSlurmSandbox()
  workspace = await createWorkspace({ copy: ['commits/demo'] })
  const folders = await readdir(join(workspace.directory, 'commits/demo'), { withFileTypes: true })
  for (const { name } of folders.filter((entry) => entry.isDirectory() && !commits.includes(entry.name)))
    await rm(join(workspace.directory, 'commits/demo', name), { recursive: true })
  await measureWith(1)
}, 300_000)

afterAll(async () => {
  await cluster?.remove()
  await workspace?.remove()
})

describe.skipIf(!hasSlurm)('run-gpu on a cluster', () => {
  let onCluster: NxResult
  let records: any[]

  it('measures all commits of a batch as one array', async () => {
    await workspace.write('commits/demo/runner.yaml', `kind: slurm\n${settings}`)
    onCluster = await nx('run-many', '-t', 'assemble', '--batch')
    expect(onCluster, onCluster.output).toMatchObject({ exitCode: 0, failed: [] })
    const [job, ...others] = await jobs()
    expect(others).toEqual([])
    expect(onCluster.output).toContain(`Slurm job ${job}, tasks: 4. It goes on when this is stopped`)
    expect(await readdir(join(workspace.directory, '.isobench/slurm'))).toEqual(['lock'])
    records = await readRecords()
    expect(records.map(({ reason, verdict }) => reason ?? verdict)).toEqual([
      'improved',
      'test-crashed',
      'change-not-exercised',
      'not-a-candidate',
      'output-differs',
    ])
  })

  it('is no input of any stage: another runner runs nothing again', async () => {
    await workspace.write('commits/demo/runner.yaml', `kind: local\n${settings}`)
    const again = await nx('run-many', '-t', 'assemble')
    expect(again).toMatchObject({ exitCode: 0, executed: [] })
  })

  it('gives the records that this machine gives, but for what was measured', async () => {
    await measureWith(2)
    const here = await nx('run-many', '-t', 'assemble')
    expect(here, here.output).toMatchObject({ exitCode: 0 })
    expect(here.executed.filter((task) => task.endsWith(':run-gpu'))).toHaveLength(commits.length)
    expect((await readRecords()).map(unmeasured)).toEqual(records.map(unmeasured))
  })

  it('goes on where Ctrl-C and kill -9 left it: nothing is submitted twice', async () => {
    await measureWith(3)
    await workspace.write('commits/demo/runner.yaml', `kind: slurm\n${settings}arguments: [--begin=now+1hour]\n`)
    const before = await jobs()
    const first = startNx()
    const job = await eventually(() => submittedJob())
    await eventually(async () => first.said().includes(`to end it: scancel ${job}\n`))
    process.kill(-first.child.pid!, 'SIGINT')
    await first.child

    const second = startNx()
    await eventually(async () => second.said().includes(`job ${job}, submitted before`))
    second.child.kill('SIGKILL')
    await second.child
    await cluster.slurm('scontrol', 'update', `JobId=${job}`, 'StartTime=now')
    const third = await nx('run', 'demo-160a9906:run-gpu')
    expect(third, third.output).toMatchObject({ exitCode: 0 })
    expect(third.output).toContain(`job ${job}, submitted before`)
    expect(await jobs()).toEqual([...before, job])
  })

  it('builds what both sides of all commits need as one array, which outlives Nx', async () => {
    const environments = await readEach('environment.json')
    const build = 'build:\n  cpus: 1\n  memory: 500M\n  arguments: [--begin=now+1hour]\n'
    await workspace.write('commits/demo/runner.yaml', `kind: slurm\n${settings}${build}`)
    const before = await jobs()
    const command = ['run-many', '-t', 'install-wheel', '--batch', '--skip-nx-cache']
    const store = join(workspace.directory, '.isobench/another')
    const variables = { SLURM_CONF: cluster.configuration, ISOBENCH_STORE: store }
    const killed = workspace.startNx(command, variables)
    const job = await eventually(() => submittedJob(join(store, 'slurm/builds')))
    await killed.kill()
    await cluster.slurm('scontrol', 'update', `JobId=${job}`, 'StartTime=now')
    const again = await workspace.nx(command, variables)
    expect(again, again.output).toMatchObject({ exitCode: 0, failed: [] })
    expect(again.output).toContain(`Slurm job ${job}, tasks: 10. It goes on`)
    expect(await jobs()).toEqual([...before, job])
    expect(await readEach('environment.json')).toEqual(environments)
    expect(await readdir(join(store, 'slurm/builds'))).toEqual(['lock'])
  })

  it('says where a setting is wrong', async () => {
    await measureWith(4)
    const wrong: Record<string, string> = {
      'kind: slurm\ntime: soon\n': '2:7: must be a time such as `90` (minutes), `1:30:00` or `1-12` at `time`',
      'kind: slurm\narguments:\n  - --exclusive\n  - --arr=0-9\n':
        '4:5: is set by isobench itself: --array at `arguments.1`',
      'kind: slurm\narguments: [--partition=gpu]\n': '2:13: has a key of its own: `partition` at `arguments.0`',
    }
    for (const [text, message] of Object.entries(wrong)) {
      await workspace.write('commits/demo/runner.yaml', text)
      const refused = await nx('run', 'demo-160a9906:run-gpu')
      expect(refused.output).toContain(`error: commits/demo/runner.yaml:${message}`)
    }
  })
})

function measureWith(session: number): Promise<void> {
  const text = `profile: quick\nsandbox: none\ntarget_effect: 0.05\nsession: ${session}\n`
  return workspace.write('commits/demo/measurement.yaml', text)
}

function nx(...args: string[]): Promise<NxResult> {
  return workspace.nx(args, { SLURM_CONF: cluster.configuration })
}

/** Nx with a process group of its own, as a terminal gives it one. */
function startNx() {
  const program = join(import.meta.dirname, '../../node_modules/nx/dist/bin/nx.js')
  const child = execa(process.execPath, [program, 'run', 'demo-160a9906:run-gpu'], {
    cwd: workspace.directory,
    env: { SLURM_CONF: cluster.configuration, NX_ISOLATE_PLUGINS: 'false', NX_DAEMON: 'false' },
    detached: true,
    reject: false,
    all: true,
    stdin: 'ignore',
  })
  let said = ''
  child.all.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return { child, said: () => said }
}

async function submittedJob(folder = join(workspace.directory, '.isobench/slurm')): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((each) => each.startsWith('isobench-'))) {
    const text = await readFile(join(folder, name, 'submission.json'), 'utf8').catch(() => '{}')
    const { job } = JSON.parse(text)
    if (typeof job === 'string') return job
  }
  return undefined
}

/** Every array that Slurm has been given. */
async function jobs(): Promise<string[]> {
  const lines = await cluster.slurm('squeue', '--noheader', '--states=all', '--format=%F')
  const all = lines.split('\n').map((line) => line.trim())
  return [...new Set(all.filter((line) => line !== ''))].toSorted((a, b) => Number(a) - Number(b))
}

function readRecords(): Promise<any[]> {
  return readEach('record.json')
}

function readEach(artifact: string): Promise<any[]> {
  const names = commits.toSorted()
  return Promise.all(names.map((name) => workspace.readJson(`commits/demo/${name}/out/${artifact}`)))
}

const figures = ['base_performance', 'head_performance', 'performance_improvement', 'ci95', 'p_value']
const measured = [
  'session',
  'pairs',
  'minimum_detectable_effect',
  'noise_floor',
  'stopped_by',
  'exclusions',
  'peak_memory_bytes',
]
const digests = ['measurement_sha256', 'runs_sha256']

/** A record without the figures, and without what follows from them. */
function unmeasured(record: any) {
  const measurement = record.measurement
  return {
    ...without(record, figures),
    measurement: {
      ...without(measurement, measured),
      flags: measurement.flags.filter((flag: string) => flag !== 'host-unstable'),
      secondary_metrics: measurement.secondary_metrics.map(({ name }: { name: string }) => name),
    },
    provenance: without(record.provenance, digests),
  }
}

function without(value: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))
}
