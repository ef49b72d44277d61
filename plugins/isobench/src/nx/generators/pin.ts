import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tree } from '@nx/devkit'
import { withoutFooter } from '../../domain/footer.ts'
import { IsobenchError } from '../../errors.ts'
import { packageDirectory } from '../targets.ts'
import { type Log, generator } from './generator.ts'

export interface PinOptions {
  readonly project: string
  readonly force?: boolean
}

/** Makes the generated test of a commit the reviewed one: from now on no model is called for this commit. */
export function pinTest(tree: Tree, options: PinOptions, log: Log): void {
  const folder = commitFolder(tree, options.project)
  const generated = tree.read(`${folder}/out/efficiency_test.py`, 'utf8')
  if (generated === null) {
    throw new IsobenchError('bad-input', `no generated test to pin: ${folder}/out/efficiency_test.py`, {
      hint: `npx nx run ${options.project}:generate-test writes it; out/generation.json says why it did not`,
    })
  }
  const file = `${folder}/efficiency_test.py`
  const footer = readFileSync(join(packageDirectory, 'harness/footer.py'), 'utf8')
  // `generate-test` appends the footer again.
  const test = withoutFooter(generated, footer)
  const reviewed = tree.read(file, 'utf8')
  if (reviewed === test) return log(`already pinned: ${file}`)
  if (reviewed !== null && options.force !== true) {
    throw new IsobenchError('bad-input', `another reviewed test is there already: ${file}`, {
      hint: '`--force` replaces it',
    })
  }
  tree.write(file, test)
  log(`review and commit it: ${file}`)
}

export const pin = generator(pinTest)

/** `<repository>-<sha8>` is the folder `commits/<repository>/<sha8>`. */
function commitFolder(tree: Tree, project: string): string {
  const [, repository, sha8] = /^([a-z0-9][a-z0-9._-]*)-([0-9a-f]{8,40})$/.exec(project) ?? []
  const folder = `commits/${repository}/${sha8}`
  if (sha8 !== undefined && tree.exists(`${folder}/commit.yaml`)) return folder
  throw new IsobenchError('bad-input', `no such commit project: ${project}`, {
    hint: '`npx nx show projects --projects tag:commit` lists them',
  })
}
