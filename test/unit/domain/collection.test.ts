import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../plugins/isobench/src/domain/canonical-json.ts'
import { type Collected, collectionFault, planDifference } from '../../../plugins/isobench/src/domain/collection.ts'
import { sha256 } from '../../../plugins/isobench/src/domain/digest.ts'
import type { Installed, Plan, Run } from '../../../plugins/isobench/src/schema/run-bundle.ts'
import { digestOf, sampleEnvironment, sampleMeasurement, sampleSide } from '../../support/artifacts.ts'
import { pairsOfRatios, samplePlan, sampleRuns } from '../../support/runs.ts'

const plan = samplePlan({ profile: 'quick' })
const planSha256 = sha256(canonicalJson(plan))
const environment = sampleEnvironment()

function installedSide(name: 'base' | 'head'): Installed['head'] {
  const { wheel } = sampleSide(name)
  return {
    python: '3.12.3',
    wheel_sha256: wheel.sha256,
    version: wheel.version,
    packages: { demo: '1.0' },
    modules: { demo: 'demo' },
    missing: [],
    direct_url: `file:///far/wheels/${wheel.sha256}/${wheel.filename}`,
    module_file: 'demo.py',
    torch_cuda: null,
    commit_ids: [],
    recorded_files: ['demo.py'],
    differing_files: [],
  }
}

function installed(change: Partial<Installed['head']> = {}): Installed {
  const head = { ...installedSide('head'), ...change }
  return { schema_version: 1, dependencies: 'lock', base: installedSide('base'), head }
}

/** The same process once more. */
function again(run: Run): Run {
  return { ...run, nonce: digestOf(`again ${run.index}`).slice(0, 32) }
}

function resumed(runs: Run[]): Run[] {
  return numbered([...runs.slice(0, 11), again(runs[2]!), again(runs[3]!), again(runs[10]!), ...runs.slice(11)])
}

function crashed(runs: Run[]): Run[] {
  const last = { ...runs[5]!, result: 'test-crashed' as const, seconds: null, exit_code: 1, message: 'why' }
  return [...runs.slice(0, 5), { ...last, iterations_seconds: [] }]
}

/** What an honest machine gives back, after a change to its runs. */
function collected(change: (runs: Run[]) => Run[] = (runs) => runs, rest: Partial<Collected> = {}): Collected {
  const runs = sampleRuns(plan, pairsOfRatios([-0.31, -0.3, -0.29, -0.3, -0.3, -0.32, -0.28, -0.3])).map((run, index) =>
    Object.assign(run, {
      plan_sha256: planSha256,
      nonce: digestOf(`nonce ${index}`).slice(0, 32),
      installed_sha256: digestOf('installed'),
    }),
  )
  return {
    plan,
    runs: change(runs),
    fingerprint: sampleMeasurement().fingerprint!,
    installed: installed(),
    installedSha256: digestOf('installed'),
    ...rest,
  }
}

const numbered = (runs: Run[]): Run[] => runs.map((run, index) => Object.assign(run, { index }))
const faultOf = (given: Collected) => collectionFault(plan, planSha256, environment, given)

describe('runs of another machine', () => {
  test('are taken when they are whole', () => {
    expect(faultOf(collected())).toBeNull()
  })

  test('may have gone on after a kill: burn-in and the pair that was cut short come again', () => {
    expect(faultOf(collected(resumed))).toBeNull()
  })

  test('may be of the wheel of an ancestor, whose commit id its files still name', () => {
    const ancestor = 'a'.repeat(40)
    const { wheel } = sampleSide('head')
    const overlay = { ancestor, location: 'http://wheels.example/a.whl', sha256: digestOf('a'), tree: 'b'.repeat(40) }
    const head = sampleSide('head', { rung: 'ancestor-overlay', wheel: { ...wheel, overlay } })
    const given = collected(undefined, { installed: installed({ commit_ids: [ancestor.slice(0, 9)] }) })
    expect(collectionFault(plan, planSha256, { ...environment, head }, given)).toBeNull()
    expect(faultOf(given)).toBe(`head is not the commit: wanted commit ${head.commit}, the package says: aaaaaaaaa`)
  })

  test('may have ended in a failure', () => {
    expect(faultOf(collected(crashed))).toBeNull()
  })

  test.each<[string, (runs: Run[]) => Run[], string]>([
    ['nothing', () => [], 'nothing was measured'],
    ['the last pair is missing', (runs) => runs.slice(0, -2), 'not finished, complete pairs: 7'],
    ['the last run is missing', (runs) => runs.slice(0, -1), 'not finished, complete pairs: 7'],
    ['a run is missing', (runs) => runs.toSpliced(6, 1), 'runs are missing or out of order: runs.jsonl:7'],
    [
      'a pair is left out and the rest renumbered',
      (runs) => numbered(runs.toSpliced(6, 2)),
      'a run that the plan has not at this place: runs.jsonl:7',
    ],
    [
      'two sides are exchanged',
      (runs) => runs.with(4, { ...runs[4]!, side: runs[5]!.side }),
      'a run that the plan has not at this place: runs.jsonl:5',
    ],
    [
      'the best run is there twice',
      (runs) => runs.with(6, { ...runs[4]!, index: 6, pair: 1, side: runs[6]!.side }),
      'a run is there twice: runs.jsonl:5 and 7',
    ],
    [
      'runs go on after the end',
      (runs) => numbered([...runs, { ...runs[3]!, nonce: 'f'.repeat(32) }]),
      'there are runs after the end of the measurement',
    ],
    [
      'a run is of another plan',
      (runs) => runs.with(9, { ...runs[9]!, plan_sha256: digestOf('other') }),
      'a run of another plan: runs.jsonl:10',
    ],
    [
      'a run is of another installation',
      (runs) => runs.with(9, { ...runs[9]!, installed_sha256: null }),
      'a run of another installation: runs.jsonl:10',
    ],
    [
      'a time was written over',
      (runs) => runs.with(9, { ...runs[9]!, seconds: 0.01 }),
      'the time of a run is not the median of its iterations: runs.jsonl:10',
    ],
    [
      'times were written over',
      (runs) => runs.with(9, { ...runs[9]!, seconds: 3, iterations_seconds: [3, 3] }),
      'the iterations of a run take longer than its process: runs.jsonl:10',
    ],
    [
      'a crash was called a success',
      (runs) => runs.with(9, { ...runs[9]!, exit_code: 1 }),
      'the time of a run is not the median of its iterations: runs.jsonl:10',
    ],
    [
      'a run that failed has a time',
      (runs) => crashed(runs).with(5, { ...crashed(runs)[5]!, seconds: 0.01 }),
      'a run that failed has a time: runs.jsonl:6',
    ],
  ])('are refused: %s', (_name, change, fault) => {
    expect(faultOf(collected(change))).toBe(fault)
  })

  test.each<[string, Installed, string]>([
    [
      'another wheel',
      installed({ wheel_sha256: digestOf('other') }),
      `another wheel was installed on head: ${digestOf('other')}`,
    ],
    [
      'a file that differs',
      installed({ differing_files: ['demo.py'] }),
      `head is not the commit: wanted the files of the wheel ${digestOf('wheel head')}, different: demo.py`,
    ],
    [
      'a package from elsewhere',
      installed({ module_file: '../../host/demo.py' }),
      'head is not the commit: wanted the import package of demo from its wheel, found: ../../host/demo.py',
    ],
    [
      'the packages of the machine',
      { ...installed(), dependencies: 'host' },
      'dependencies were taken from another source: host',
    ],
  ])('are refused when the machine installed %s', (_name, facts, fault) => {
    expect(faultOf(collected(undefined, { installed: facts }))).toBe(fault)
  })

  test('are refused from another accelerator', () => {
    const accelerator = {
      driver: '1',
      vbios: null,
      power_limit_watts: null,
      maximum_sm_clock_mhz: null,
      application_sm_clock_mhz: null,
      persistence: null,
      ecc: null,
      mig: null,
    }
    const onDevice = samplePlan({ profile: 'quick', accelerator: 'nvidia:h100' })
    const digest = sha256(canonicalJson(onDevice))
    const given = (name: string): Collected => {
      const fingerprint = {
        ...sampleMeasurement().fingerprint!,
        accelerator: { ...accelerator, name, uuid_sha256: digestOf(name) },
      }
      return collected((runs) => runs.map((run) => ({ ...run, plan_sha256: digest })), { plan: onDevice, fingerprint })
    }
    expect(collectionFault(onDevice, digest, environment, given('NVIDIA H100 80GB HBM3'))).toBeNull()
    expect(collectionFault(onDevice, digest, environment, given('NVIDIA A100'))).toBe(
      'measured on another accelerator: NVIDIA A100',
    )
  })
})

test.each<[Partial<Plan>, string | null]>([
  [{}, null],
  [{ harness_sha256: digestOf('x') }, 'measured with another harness than this workspace has'],
  [{ script_sha256: digestOf('x'), blocks: [] }, 'measured another efficiency test than this workspace has'],
  [{ head: { ...plan.head, wheel_sha256: digestOf('x'), environment_key: 'x' } }, 'measured another wheel of head'],
  [{ base: { ...plan.base, lock_sha256: digestOf('x') } }, 'measured another lock of base'],
  [{ base: { ...plan.base, environment_key: 'x' } }, 'measured by another plan: `base.environment_key` differs'],
  [{ budget_seconds: 1 }, 'measured by another plan: `budget_seconds` differs'],
])('a plan with %o: %s', (change, difference) => {
  expect(planDifference(plan, { ...plan, ...change })).toBe(difference)
})
