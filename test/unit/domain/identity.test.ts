import { expect, test } from 'vitest'
import { type Claim, type InstalledFacts, identify } from '../../../plugins/isobench/src/domain/identity.ts'

const commit = '98f47f2a40320f23d5a1ebce0bd10ebdd8c0ee44'
const sha256 = 'a'.repeat(64)

function claim(version: string, change: Partial<Claim> = {}, location = `build:${commit}`): Claim {
  return { commit, rung: 'build', name: 'sample', wheel: { name: 'Sample', version, sha256, location }, ...change }
}

function facts(version: string, change: Partial<InstalledFacts> = {}): InstalledFacts {
  return {
    version,
    packages: { sample: version },
    directUrl: `file:///store/wheels/${sha256}/sample-${version}-py3-none-any.whl`,
    moduleFile: 'sample/__init__.py',
    commitIds: [],
    recordedFiles: ['sample/__init__.py', 'sample/core.py'],
    differingFiles: [],
    ...change,
  }
}

test.each([
  ['the commit id in the version', '0.6.4.dev2+g98f47f2a4', {}, {}, 'version'],
  ['the same before another local part', '0.6.4.dev2+g98f47f2a4.cu129', {}, {}, 'version'],
  ['the same after another local part', '0.6.4.dev2+cu12.g98f47f2a4', {}, {}, 'version'],
  ['the commit id in the package', '0.6.4', {}, { commitIds: ['98f47f2a4'] }, 'commit-id'],
  ['the digest of a wheel built here', '0.6.4', {}, {}, 'wheel-digest'],
])('%s proves the commit', (_, version, change, fact, identity) => {
  expect(identify(claim(version, change), facts(version, fact))).toEqual({ identity })
})

test('the URL of a wheel proves the commit when nothing speaks against it', () => {
  const location = `http://wheels.example/${commit}/sample-0.6.4-py3-none-any.whl`
  const other = `http://wheels.example/nightly/sample-0.6.4-py3-none-any.whl`
  const rung = { rung: 'wheel-index' } as const
  const wheel = claim('0.6.4', rung, location)
  expect(identify(wheel, facts('0.6.4'))).toEqual({ identity: 'direct-url' })
  expect(identify(wheel, facts('0.6.4', { commitIds: ['0123456'] }))).toEqual({
    mismatch: `wanted commit ${commit}, the package says: 0123456`,
  })
  expect(identify(claim('0.6.4', rung, other), facts('0.6.4'))).toEqual({
    mismatch: `wanted commit ${commit}, neither version nor package names a commit: 0.6.4`,
  })
})

function factsWith(commitIds: readonly string[]): InstalledFacts {
  return facts('0.6.4+overlay.g98f47f2a4', { commitIds })
}

test('an overlay is proven by its digest: what a build wrote into the wheel of the ancestor is no other commit', () => {
  const ancestor = '0123456789'.repeat(4)
  const rung = { rung: 'ancestor-overlay', ancestor } as const
  const overlay = claim('0.6.4+overlay.g98f47f2a4', rung, `overlay:${commit}`)
  expect(identify(overlay, factsWith([]))).toEqual({ identity: 'wheel-digest' })
  expect(identify(overlay, factsWith(['012345678', '98f47f2a4']))).toEqual({ identity: 'wheel-digest' })
  expect(identify(overlay, factsWith(['abcdef012']))).toEqual({
    mismatch: `wanted commit ${commit}, the package says: abcdef012`,
  })
  expect(identify({ ...overlay, ancestor: undefined }, factsWith(['012345678']))).toHaveProperty('mismatch')
})

test.each([
  [{ version: null }, 'wanted sample 1.0, installed: nothing'],
  [{ version: '2.0' }, 'wanted sample 1.0, installed: 2.0'],
  [{ directUrl: null }, `wanted the wheel ${sha256}, direct_url.json says: nothing`],
  [{ directUrl: 'file:///x.whl' }, `wanted the wheel ${sha256}, direct_url.json says: file:///x.whl`],
  [{ moduleFile: null }, 'wanted the import package of sample from its wheel, found: nothing'],
  [{ moduleFile: '../../x.py' }, 'wanted the import package of sample from its wheel, found: ../../x.py'],
  [{ differingFiles: ['sample/core.py'] }, `wanted the files of the wheel ${sha256}, different: sample/core.py`],
])('an environment that says %j is no proof', (change, mismatch) => {
  expect(identify(claim('1.0'), facts('1.0', change))).toEqual({ mismatch })
})

test('a wheel of another distribution or commit is no proof', () => {
  expect(identify(claim('1.0', { name: 'vllm' }), facts('1.0'))).toEqual({
    mismatch: 'wanted the distribution vllm, the wheel says: Sample',
  })
  expect(identify(claim('1.0+g0123456'), facts('1.0+g0123456'))).toEqual({
    mismatch: `wanted commit ${commit}, the version says: 1.0+g0123456`,
  })
})
