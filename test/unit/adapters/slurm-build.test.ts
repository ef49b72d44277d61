import { readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test as base, describe } from 'vitest'
import type { Environments } from '../../../plugins/isobench/src/adapters/environment-store.ts'
import { exists } from '../../../plugins/isobench/src/adapters/files.ts'
import { findInterpreters } from '../../../plugins/isobench/src/adapters/python.ts'
import type { ClusterForBuilds } from '../../../plugins/isobench/src/adapters/slurm-build.ts'
import { createCluster } from '../../../plugins/isobench/src/adapters/slurm.ts'
import { RunnerSettings } from '../../../plugins/isobench/src/schema/runner-settings.ts'
import { canReachDefaultIndex } from '../../support/default-index.ts'
import { type PythonProject, createPythonProject, projectFiles } from '../../support/python-project.ts'
import { hasSlurm } from '../../support/slurm-sandbox.ts'
import { eventually, quickSettings } from '../../support/slurm-tasks.ts'
import { clusterOfTests } from '../../support/slurm-test.ts'

const isReachable = hasSlurm && (await canReachDefaultIndex())
const otherPython = await findOtherPython()
if (hasSlurm && !isReachable) console.log('skipped: the default package index cannot be reached from here')
if (otherPython === undefined) console.log('skipped: there is one version of Python here')

const cluster = clusterOfTests()
const test = base.extend<{ project: PythonProject }>({
  project: async ({ task: _task }, use) => {
    const project = await createPythonProject()
    await use(project)
    await project.remove()
  },
})

describe.skipIf(!hasSlurm)('a cluster that builds', () => {
  test('builds both sides as one array, to the bytes that this machine builds', async ({ project, expect }) => {
    const hashes = await commitAll(project, [{}, { source: 'VALUE = 2\n' }])
    const there = await build(onCluster(project), hashes)
    const storeDirectory = join(project.storeDirectory, '../another-store')
    const here = await build(project.environments({}, { storeDirectory }), hashes)
    expect(there).toEqual(here)
    expect(new Set(there.map(({ wheel }) => wheel!.sha256)).size).toBe(2)
    expect(await left(project)).toEqual([])
    const jobs = project.lines.flatMap((line) => /submitted to Slurm: task \d of job (\d+)/.exec(line)?.[1] ?? [])
    expect(jobs).toHaveLength(2)
    expect(new Set(jobs).size).toBe(1)
    const lines = project.lines.length
    expect(await build(onCluster(project), hashes)).toEqual(there)
    expect(project.lines).toHaveLength(lines)
  })

  test('says of what does not build what this machine says of it', async ({ project, expect }) => {
    const files = projectFiles()
    const broken = await project.repository.commit({
      files: { ...files, '_build.py': `def build_wheel(*args, **options):\n    raise ValueError('no compiler')\n` },
    })
    const unreadable = await project.repository.commit({ files: { ...files, 'pyproject.toml': '[build-system' } })
    const hopeless = await project.repository.commit({
      files: { ...files, 'pyproject.toml': '[build-system]\nrequires = ["packaging<0"]\nbuild-backend = "x"\n' },
    })
    const none = await project.repository.commit({ files: { 'pyproject.toml': null, README: '' } })
    const hashes = [broken, unreadable, hopeless, none]
    const there = await build(onCluster(project), hashes)
    expect(there).toEqual(await build(project.environments(), hashes))
    expect(there.map(({ buildFailure }) => buildFailure)).toMatchInlineSnapshot(`
      [
        "ValueError: no compiler",
        "TOML parse error at line 1, column 14",
        "you require packaging<0, which does not allow any versions",
        null,
      ]
    `)
    expect(await left(project)).toEqual([])
  })

  test('a node that cannot build is no answer, and costs no other build', async ({ project, expect }) => {
    const asking = `\nimport os\ndef get_requires_for_build_wheel(*_): return ['more'] if 'SLURM_JOB_ID' in os.environ else []\n`
    const files = projectFiles()
    const greedy = await project.repository.commit({ files: { ...files, '_build.py': files['_build.py'] + asking } })
    const [changed, good] = await commitAll(project, [{ source: 'VALUE = 2\n' }, { source: 'VALUE = 3\n' }])
    const environments = onCluster(project, { arguments: ['--begin=now+1hour'] })
    const built = Promise.allSettled([greedy, changed!, good!].map((hash) => probe(environments, hash)))
    const array = await arrayOf(project)
    await writeFile(join(array.folder, '1/source.tar'), 'another')
    await cluster.slurm('scontrol', 'update', `JobId=${array.job}`, 'StartTime=now')
    const [asked, refused, ended] = await built
    expect(ended).toMatchObject({ status: 'fulfilled', value: { wheel: { version: '1.0' }, buildFailure: null } })
    expect(told(refused!)).toMatchInlineSnapshot(`
      "error: the node refused: N: not the file that was sent: source.tar

      hint: mend what the message names, by \`setup\` in runner.yaml for instance, and run the target again"
    `)
    expect(told(asked!)).toMatchInlineSnapshot(`
      "error: the build asks for more than it was sent with: Because more was not found in the provided package locations and you require more, we can conclude that your requirements are unsatisfiable.

      hint: without \`build\` in runner.yaml, wheels are built on this machine"
    `)
    expect(await left(project)).toEqual([])
  })

  test.skipIf(otherPython === undefined)('a node with another Python refuses', async ({ project, expect }) => {
    const [hash] = await commitAll(project, [{}])
    const environments = onCluster(project, { setup: `export PATH=${dirname(otherPython!)}:$PATH` })
    const [refused] = await Promise.allSettled([probe(environments, hash!)])
    expect(told(refused)).toMatch(/the node refused: N: the wheel is for Python 3\.\d+, this is 3\.\d+/)
  })

  test.skipIf(!isReachable)(
    'sends what the build requires as wheels, also what the back end names when it is asked',
    async ({ project, expect }) => {
      const script = `from setuptools import setup\nsetup(name="sample", version="1.0", packages=["sample"], setup_requires=["calver==2022.6.26"])\n`
      const hash = await project.repository.commit({
        files: { 'setup.py': script, 'sample/__init__.py': '', 'pyproject.toml': null, '_build.py': null },
      })
      const environments = onCluster(project, { arguments: ['--begin=now+1hour'] })
      const built = probe(environments, hash)
      const array = await arrayOf(project)
      const job: { files: object } = JSON.parse(await readFile(join(array.folder, '0/build.json'), 'utf8'))
      const names = Object.keys(job.files).map((path) => path.split('/').at(-1)!.split('-')[0])
      expect(new Set(names)).toEqual(new Set(['calver', 'setuptools', 'source.tar', 'uv', 'wheel']))
      await cluster.slurm('scontrol', 'update', `JobId=${array.job}`, 'StartTime=now')
      const storeDirectory = join(project.storeDirectory, '../another-store')
      expect(await built).toEqual(await probe(project.environments({}, { storeDirectory }), hash))
    },
  )

  test('a lost node costs only the builds on it', async ({ project, expect }) => {
    const files = projectFiles()
    const go = join(project.storeDirectory, 'go')
    const waiting = `\nimport os, time\nwhile os.environ.get("SLURM_RESTART_COUNT", "0") == "0" and "SLURM_JOB_ID" in os.environ and not os.path.exists(${JSON.stringify(go)}): time.sleep(0.05)\n`
    const long = await project.repository.commit({ files: { ...files, '_build.py': files['_build.py'] + waiting } })
    const [short] = await commitAll(project, [{ source: 'VALUE = 2\n' }])
    const built = build(onCluster(project), [long, short!])
    const array = await arrayOf(project)
    await eventually(() => exists(join(array.folder, '0/started.0')))
    await eventually(async () => !(await exists(join(array.folder, '1'))))
    await cluster.loseNodeOf(`${array.job}_0`)
    expect((await built).map(({ buildFailure, wheel }) => [buildFailure, wheel!.version])).toEqual([
      [null, '1.0'],
      [null, '1.0'],
    ])
    const again = project.lines.filter((line) => line.includes('started again after a loss or preemption: 1'))
    expect(again.filter((line) => !line.startsWith(`build of ${long.slice(0, 8)}: `))).toEqual([])
    expect(again).not.toEqual([])
  })
})

/** The package `sample` with some of its files changed, one commit each. */
async function commitAll(project: PythonProject, changes: readonly Parameters<typeof projectFiles>[0][]) {
  const hashes: string[] = []
  for (const change of changes) hashes.push(await project.repository.commit({ files: projectFiles(change) }))
  return hashes
}

function onCluster(project: PythonProject, settings: object = {}): Environments {
  const folder = sharedFolder(project)
  const slurm = createCluster(RunnerSettings.parse({ ...quickSettings, ...settings }), folder, console.error)
  const submit: ClusterForBuilds['submit'] = (tasks) => Promise.allSettled(slurm.perform(tasks))
  return project.environments({}, { cluster: async () => ({ folder, outcomes: new Map(), submit }) })
}

function probe(environments: Environments, hash: string) {
  return environments.probe({ kind: 'build' }, { hash, commitDate: '2024-01-01T00:00:00Z' })
}

function build(environments: Environments, hashes: readonly string[]) {
  return Promise.all(hashes.map((hash) => probe(environments, hash)))
}

function told(ended: PromiseSettledResult<unknown>): string {
  if (ended.status === 'fulfilled') return JSON.stringify(ended.value)
  return ended.reason.format().replace(/\d+_\d+ on n\d/, 'N')
}

/** The one array that is in Slurm, when it is there. */
function arrayOf(project: PythonProject): Promise<{ folder: string; job: string }> {
  return eventually(async () => {
    const [name] = await left(project).catch(() => [])
    if (name === undefined) return undefined
    const folder = join(sharedFolder(project), name)
    const { job } = JSON.parse(await readFile(join(folder, 'submission.json'), 'utf8').catch(() => '{"job":null}'))
    return job === null ? undefined : { folder, job }
  })
}

function sharedFolder(project: PythonProject): string {
  return join(project.storeDirectory, 'slurm')
}

async function left(project: PythonProject): Promise<string[]> {
  return (await readdir(sharedFolder(project))).filter((name) => name.startsWith('isobench-') || name === 'wheels')
}

/** An interpreter that a node may use, of another minor version than the first one here. */
async function findOtherPython(): Promise<string | undefined> {
  let first: string | undefined
  for await (const { path, version } of findInterpreters()) {
    const [major, minor] = version.split('.')
    first ??= minor
    if (major === '3' && Number(minor) >= 9 && minor !== first) return path
  }
  return undefined
}
