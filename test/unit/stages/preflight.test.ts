import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { IsobenchError } from '../../../plugins/isobench/src/errors.ts'
import type { Commit } from '../../../plugins/isobench/src/schema/commit.ts'
import type { PreflightCommit } from '../../../plugins/isobench/src/schema/preflight.ts'
import type { Repository } from '../../../plugins/isobench/src/schema/repository.ts'
import { preflight } from '../../../plugins/isobench/src/stages/preflight.ts'
import { type InstallRig, constantName, createInstallRig } from '../../support/install-rig.ts'
import { projectFiles } from '../../support/python-project.ts'
import { makeWheel } from '../../support/wheels.ts'

let rig: InstallRig
beforeEach(async () => {
  rig = await createInstallRig()
})
afterEach(() => rig.close())

async function look(
  settings: Partial<Repository>,
  ...commits: (Partial<Commit> | Error)[]
): Promise<PreflightCommit[]> {
  const projects = (commits.length === 0 ? [{}] : commits).map((commit, index) => ({
    projectName: `sample-${index}`,
    git: rig.project.git,
    repository: () => Promise.resolve(rig.project.input(settings)),
    commit: () => (commit instanceof Error ? Promise.reject(commit) : Promise.resolve({ head: rig.head, ...commit })),
    environments: () => Promise.resolve(rig.project.environments(settings)),
  }))
  return preflight(projects, () => {})
}

/** What a look says, and what the installation then comes to. */
async function both(settings: Partial<Repository>) {
  const [looked] = await look(settings)
  const { environment } = await rig.install(settings)
  const { reason, side } = environment.outcome
  return {
    looked: { reason: looked!.problem?.reason ?? null, side: looked!.problem?.side ?? null },
    rungs: [looked!.base?.rung, looked!.head?.rung],
    installed: { reason, side },
    attempts: {
      looked: [looked!.base?.attempts, looked!.head?.attempts],
      installed: [environment.attempts.base, environment.attempts.head],
    },
  }
}

describe('says what `install-wheel` comes to, by the same attempts', () => {
  test('installed', async () => {
    await rig.serve()
    const { looked, installed, rungs, attempts } = await both(rig.byCommit())
    expect({ looked, installed }).toEqual({
      looked: { reason: null, side: null },
      installed: { reason: null, side: null },
    })
    expect(rungs).toEqual(['wheel-index', 'wheel-index'])
    expect(attempts.looked).toEqual(attempts.installed)
  })

  test.each([
    ['wheel-missing', 'base', () => Promise.resolve()],
    ['version-mismatch', 'head', () => rig.serve({ name: 'other' })],
    ['wheel-invalid', 'head', () => rig.serve({ files: { '../sample.py': '' } })],
  ])('%s', async (reason, side, prepare) => {
    await prepare()
    const { looked, installed, attempts } = await both(rig.byCommit())
    expect(looked).toEqual({ reason, side })
    expect(installed).toEqual({ reason, side })
    expect(attempts.looked).toEqual(attempts.installed)
  })

  test('same-wheel', async () => {
    const wheel = await makeWheel({ name: 'sample', version: '0.5.3', files: { 'sample/__init__.py': '' } })
    for (const commit of [rig.base, rig.head]) rig.host.files.set(`/${commit}/${constantName}`, wheel)
    const { looked, installed } = await both(rig.byCommit())
    expect(looked).toEqual({ reason: 'same-wheel', side: null })
    expect(installed).toEqual(looked)
  })

  test('an overlay on the wheel of base', async () => {
    rig.host.files.set(
      `/${rig.base}/${constantName}`,
      await makeWheel({
        name: 'sample',
        version: `0.6.4.dev1+g${rig.base.slice(0, 9)}`,
        files: { 'sample/__init__.py': 'VALUE = 1\n' },
      }),
    )
    const [wheelIndex] = rig.byCommit().wheels!
    const { looked, installed, rungs, attempts } = await both({ wheels: [wheelIndex!, { kind: 'ancestor-overlay' }] })
    expect({ looked, installed }).toEqual({
      looked: { reason: null, side: null },
      installed: { reason: null, side: null },
    })
    expect(rungs).toEqual(['ancestor-overlay', 'ancestor-overlay'])
    expect(attempts.looked).toEqual(attempts.installed)
  })
})

test('nothing is built: whether something would be is told', async () => {
  const empty = await rig.project.repository.commit({ files: { 'pyproject.toml': null } })
  const settings: Partial<Repository> = { wheels: [{ kind: 'build' }] }
  const [good, bad] = await look(settings, {}, { head: empty, base: rig.head })
  expect(good).toMatchObject({ problem: null, head: { rung: 'build', version: null, location: `build:${rig.head}` } })
  expect(bad).toMatchObject({
    problem: { reason: 'wheel-missing', side: 'head' },
    base: { rung: 'build' },
    head: { attempts: [{ answer: 'no pyproject.toml and no setup.py' }] },
  })
  expect(rig.project.lines.filter((line) => line.startsWith('building'))).toEqual([])
})

test('a wheel on one side only, by one rung, and on the other by another', async () => {
  await rig.serve()
  rig.host.files.delete(`/${rig.head}/${constantName}`)
  const wheels: Repository['wheels'] = [
    ...rig.byCommit().wheels!,
    { kind: 'release', index: `${rig.host.url}/simple`, versions: { [rig.head]: '2.0' } },
  ]
  await rig.release()
  const [looked] = await look({ wheels })
  expect(looked).toMatchObject({
    problem: { reason: 'different-rungs', message: 'base comes by wheel-index, head by: release' },
    base: { rung: 'wheel-index' },
    head: { rung: 'release', version: '2.0' },
  })
})

test('what is head of one commit and base of the next is asked once', async () => {
  const next = await rig.project.repository.commit({ files: projectFiles({ source: 'VALUE = 3\n' }) })
  await look(rig.byCommit(), {}, { head: next })
  const asked = rig.host.requests.filter((request) => request.includes(rig.head))
  expect(asked).toHaveLength(new Set(asked).size)
  expect(asked.length).toBeGreaterThan(2)
})

test('a commit of which something is wrong does not stop the others', async () => {
  await rig.serve()
  const invalid = new IsobenchError('bad-input', 'commits/sample/2/commit.yaml:1:1: unknown key', { hint: 'see docs' })
  const answers = await look(rig.byCommit(), {}, { head: '0'.repeat(40) }, invalid, { head: rig.base })
  expect(answers.map(({ problem }) => problem?.reason ?? null)).toEqual([
    null,
    'commit-not-found',
    'bad-input',
    'no-base',
  ])
  expect(answers[2]!.problem).toMatchObject({ message: invalid.message, hint: 'see docs' })
  await expect(look(rig.byCommit(), new Error('a bug'))).rejects.toThrow('a bug')
})

describe('a host that gives no answer', () => {
  test('by its status concerns the one side', async () => {
    await rig.serve()
    rig.host.faults.set(`/${rig.base}/${constantName}`, { status: 503 })
    const [looked] = await look({ wheels: [...rig.byCommit().wheels!, { kind: 'build' }] })
    expect(looked!.problem).toMatchObject({
      reason: 'network',
      side: 'base',
      message: `cannot reach ${rig.host.url}/${rig.base}/${constantName}: HTTP 503`,
    })
    expect(looked!.head).toMatchObject({ rung: 'wheel-index' })
    expect(looked!.base!.rung).toBeNull()
  })

  test('at all is not asked for every commit', async () => {
    const settings: Partial<Repository> = { wheels: [{ kind: 'wheel-index', urls: ['http://127.0.0.1:1'] }] }
    const heads: string[] = []
    for (let value = 0; value < 40; value++) {
      heads.push(await rig.project.repository.commit({ files: { 'sample/value.py': `${value}` } }))
    }
    const answers = await look(settings, ...heads.map((head) => ({ head })))
    const messages = answers.map(({ problem }) => `${problem?.reason}: ${problem?.message}`)
    expect(messages[0]).toMatch(/^network: cannot reach http:\/\/127\.0\.0\.1:1\//)
    expect(messages.at(-1)).toBe('network: not asked after 3 times without an answer: http://127.0.0.1:1')
  })
})
