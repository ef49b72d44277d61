import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tree } from '@nx/devkit'
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { withFooter } from '../../../../plugins/isobench/src/domain/footer.ts'
import { pinTest } from '../../../../plugins/isobench/src/nx/generators/pin.ts'
import { sampleTest } from '../../../support/artifacts.ts'

const footer = readFileSync(join(import.meta.dirname, '../../../../plugins/isobench/harness/footer.py'), 'utf8')
const folder = 'commits/my-lib/12345678'
const reviewed = `${folder}/efficiency_test.py`

let tree: Tree
let lines: string[]
const pin = (force?: boolean, project = 'my-lib-12345678'): void =>
  pinTest(tree, { project, ...(force === undefined ? {} : { force }) }, (line) => void lines.push(line))

beforeEach(() => {
  tree = createTreeWithEmptyWorkspace()
  lines = []
  tree.write(`${folder}/commit.yaml`, `head: '${'12345678'.repeat(5)}'\n`)
})

describe('pin', () => {
  it('copies the generated test without the footer', () => {
    tree.write(`${folder}/out/efficiency_test.py`, withFooter(sampleTest, footer))
    pin()
    expect(tree.read(reviewed, 'utf8')).toBe(sampleTest)
    expect(lines).toEqual([`review and commit it: ${reviewed}`])
  })

  it('copies a test that has no footer as it is', () => {
    tree.write(`${folder}/out/efficiency_test.py`, sampleTest)
    pin()
    expect(tree.read(reviewed, 'utf8')).toBe(sampleTest)
  })

  it('changes nothing when the same test is pinned already', () => {
    tree.write(`${folder}/out/efficiency_test.py`, withFooter(sampleTest, footer))
    tree.write(reviewed, sampleTest)
    pin()
    expect(lines).toEqual([`already pinned: ${reviewed}`])
  })

  it('replaces another reviewed test only when it is forced to', () => {
    tree.write(`${folder}/out/efficiency_test.py`, withFooter(sampleTest, footer))
    tree.write(reviewed, '# written by a person\n')
    expect(() => pin()).toThrowErrorMatchingInlineSnapshot(
      `[IsobenchError: another reviewed test is there already: commits/my-lib/12345678/efficiency_test.py]`,
    )
    expect(tree.read(reviewed, 'utf8')).toBe('# written by a person\n')
    pin(true)
    expect(tree.read(reviewed, 'utf8')).toBe(sampleTest)
  })

  it('says what to run when there is no generated test', () => {
    expect(() => pin()).toThrowErrorMatchingInlineSnapshot(
      `[IsobenchError: no generated test to pin: commits/my-lib/12345678/out/efficiency_test.py]`,
    )
    expect(tree.exists(reviewed)).toBe(false)
  })

  it.each(['my-lib', 'my-lib-87654321', '../my-lib-12345678', 'commits/my-lib/12345678', ''])(
    'refuses a project that is no commit: %j',
    (project) => {
      expect(() => pin(false, project)).toThrow(`no such commit project: ${project}`)
    },
  )
})
