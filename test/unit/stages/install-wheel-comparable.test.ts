import { afterEach, beforeEach, expect, test } from 'vitest'
import { assemble } from '../../../plugins/isobench/src/stages/assemble.ts'
import { digestOf, sampleAnalysis, sampleGeneration, sampleMeasurement, sampleTest } from '../../support/artifacts.ts'
import { type InstallRig, createInstallRig } from '../../support/install-rig.ts'

let rig: InstallRig
beforeEach(async () => {
  rig = await createInstallRig()
})
afterEach(() => rig.close())

/** The record of what was really installed, measured as in the samples. */
async function recordOf(settings: Parameters<InstallRig['install']>[0]) {
  const { environment } = await rig.install(settings)
  return assemble({
    instanceId: 'sample-00000000',
    repository: rig.project.input(settings),
    commit: { head: rig.head },
    analysis: sampleAnalysis({ repository: 'sample', head_commit: rig.head, base_commit: rig.base }),
    environment,
    generation: sampleGeneration(),
    measurement: sampleMeasurement(),
    test: sampleTest,
    digests: Object.fromEntries(
      ['analysis', 'environment', 'generation', 'measurement'].map((name) => [name, digestOf(name)]),
    ) as Parameters<typeof assemble>[0]['digests'],
    tool: 'nx-isobench 0.1.0',
  })
}

test('sides that came by different rungs are not comparable, and the record says so and how each came', async () => {
  await rig.release()
  await rig.serve()
  rig.host.files.delete(`/${rig.base}/sample-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl`)
  const ofBase = { kind: 'release' as const, index: `${rig.host.url}/simple`, versions: { [rig.base]: '1.0' } }
  const { environment } = await recordOf({ wheels: [...rig.byCommit().wheels!, ofBase] })
  expect(environment).toMatchObject({
    comparable: false,
    base: {
      source: 'release',
      identity: 'release-version',
      wheel_generator: 'test',
      build_cutoff: null,
      overlay: null,
    },
    head: { source: 'wheel-index', identity: 'version' },
  })
  expect(environment.attempts.base.map(({ answer }) => answer)).toEqual([...Array(3).fill('HTTP 404'), 'HTTP 200'])
})

test('sides that were built are comparable, with what built them and how new that could be', async () => {
  const { environment } = await recordOf({ wheels: [{ kind: 'build' }] })
  const built = { source: 'build', wheel_generator: 'test', build_cutoff: '2024-01-08T00:00:00Z', overlay: null }
  expect(environment).toMatchObject({ comparable: true, base: built, head: built })
})
