import { expect, test } from 'vitest'
import { releasedVersions } from '../../../plugins/isobench/src/domain/released-versions.ts'

const commit = 'a'.repeat(40)

test.each([
  ['the settings name it', { versions: { [commit]: '1.0' } }, ['v2.0'], ['1.0']],
  ['they name it and tags count', { versions: { [commit]: '1.0' }, tags: 'v{version}' }, ['v2.0'], ['1.0']],
  ['a tag is at it', { tags: 'v{version}' }, ['nightly', 'v2.0', 'v-next'], ['2.0']],
  ['tags have something after the version', { tags: '{version}-gpu' }, ['2.0-gpu', '2.0', '2.0-cpu'], ['2.0']],
  ['several tags are at it', { tags: 'v{version}' }, ['v2.0', 'v2.0.1'], ['2.0', '2.0.1']],
  ['tags do not count', { versions: {} }, ['v2.0'], []],
  ['nothing names it', { tags: 'v{version}' }, [], []],
])('%s', (_, release, tags, versions) => {
  expect(releasedVersions(commit, tags, release)).toEqual(versions)
})
