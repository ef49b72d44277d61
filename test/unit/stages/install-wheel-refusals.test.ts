import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '../../../plugins/isobench/src/adapters/files.ts'
import { type InstallRig, constantName, createInstallRig } from '../../support/install-rig.ts'
import { makeWheel } from '../../support/wheels.ts'

// Everything that can be wrong with a wheel that is there, with the real uv.

let rig: InstallRig
beforeEach(async () => {
  rig = await createInstallRig()
})
afterEach(() => rig.close())

describe('a wheel that must not be installed is `wheel-invalid`', () => {
  test('one that the host has cut short', async () => {
    await rig.serve({}, 300)
    const { reason, side, message } = await rig.lost(rig.byCommit())
    expect({ reason, side, message }).toEqual({
      reason: 'wheel-invalid',
      side: 'head',
      message: `the wheel of ${rig.head} is refused: not a whole zip file: File is not a zip file`,
    })
  })

  test('one with a path that climbs out', async () => {
    await rig.serve({ files: { 'sample/__init__.py': '', '../../../../../outside.py': 'x' } })
    const { reason, message } = await rig.lost(rig.byCommit())
    expect(reason).toBe('wheel-invalid')
    expect(message).toBe(`the wheel of ${rig.head} is refused: member climbs out: ../../../../../outside.py`)
    expect(await readdir(join(rig.project.storeDirectory, 'wheels'))).toHaveLength(1)
  })

  test('one with another digest than the index announces', async () => {
    await rig.release({}, { announced: '0'.repeat(64) })
    const { reason, message } = await rig.lost(rig.byRelease())
    const got = sha256(rig.host.files.get('/simple/sample/sample-2.0-py3-none-any.whl') as Uint8Array)
    expect(reason).toBe('wheel-invalid')
    expect(message).toBe(`the wheel of ${rig.head} is refused: wanted sha256 ${'0'.repeat(64)}, got: ${got}`)
  })
})

describe('a wheel that is not what was asked for is `version-mismatch` with both values', () => {
  test('whose METADATA names another version', async () => {
    await rig.release({ version: '9.9' })
    expect(await rig.lost(rig.byRelease())).toMatchObject({
      reason: 'version-mismatch',
      side: 'head',
      message: 'wanted version 2.0, METADATA says: 9.9',
    })
  })

  test('whose METADATA names another package', async () => {
    await rig.serve({ name: 'other' })
    expect(await rig.lost(rig.byCommit())).toMatchObject({
      reason: 'version-mismatch',
      side: 'head',
      message: 'wanted the distribution sample, METADATA says: other',
    })
  })

  test('whose version names another commit', async () => {
    await rig.serve({ version: `0.6.4.dev1+g${rig.base.slice(0, 9)}` })
    expect(await rig.lost(rig.byCommit())).toMatchObject({
      reason: 'version-mismatch',
      message: `wanted commit ${rig.head}, the version says: 0.6.4.dev1+g${rig.base.slice(0, 9)}`,
    })
  })

  test('which the next rung makes up for', async () => {
    await rig.serve({ name: 'other' })
    const { environment } = await rig.install({ wheels: [...rig.byCommit().wheels!, { kind: 'build' }] })
    expect(environment).toMatchObject({ outcome: { status: 'ok' }, comparable: true, head: { rung: 'build' } })
  })
})

test('one wheel for both sides is `same-wheel`, with where each has it from', async () => {
  const wheel = await makeWheel({ name: 'sample', version: '1.0', files: { 'sample/__init__.py': '' } })
  for (const commit of [rig.base, rig.head]) rig.host.files.set(`/${commit}/${constantName}`, wheel)
  const places = `base has it from ${rig.host.url}/${rig.base}/${constantName}, head from ${rig.host.url}/${rig.head}/${constantName}`
  expect(await rig.lost(rig.byCommit())).toMatchObject({
    reason: 'same-wheel',
    side: null,
    message: `base and head have the same wheel sample-1.0-cp38-abi3-manylinux1_x86_64.whl, ${places}: ${sha256(wheel)}`,
  })
})

describe('a wheel that does not fit', () => {
  test.each([
    ['a newer C library', 'cp38-abi3-manylinux_2_99_x86_64', /: it needs glibc 2\.99, this machine has: 2\.\d+$/],
    ['another system', 'py3-none-win_amd64', /: it is for win_amd64, this is: linux-x86_64$/],
  ])('this machine (%s) is no outcome: the stage throws', async (_, tag, message) => {
    await rig.release({ tag }, { filename: `sample-2.0-${tag}.whl` })
    const error = await rig.thrown(rig.byRelease())
    expect(error).toMatchObject({ code: 'prerequisite-missing' })
    expect((error as Error).message).toMatch(message)
  })

  test('the Python of the settings is `wheel-incompatible`', async () => {
    await rig.release({}, { filename: 'sample-2.0-cp39-cp39-manylinux1_x86_64.whl' })
    expect(await rig.lost({ ...rig.byRelease(), python: '3.11' })).toMatchObject({
      reason: 'wheel-incompatible',
      side: 'head',
      message: `the wheel of ${rig.head}: it is for cp39-cp39, wanted: 3.11`,
    })
  })

  test('any Python that is here names what is wanted and what is here', async () => {
    await rig.serve({ requiresPython: '>=3.99' })
    const error = await rig.thrown(rig.byCommit())
    expect(error).toMatchObject({ code: 'prerequisite-missing' })
    expect((error as Error).message).toMatch(/^no Python that fits >=3\.8, >=3\.99, found: 3\./)
  })
})
