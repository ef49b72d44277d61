import { resolve } from 'node:path'
import type { Tree } from '@nx/devkit'
import { writePortableBundle } from '../../adapters/portable-bundle.ts'
import { createLocalRunner } from '../../adapters/runner.ts'
import { IsobenchError } from '../../errors.ts'
import { bundledCommit } from '../bundled-commit.ts'
import { toolName } from '../tool-name.ts'
import { type CommitFolder, commitFolders, commitsNamed, contextOf } from './commit-folders.ts'
import { type Log, generator } from './generator.ts'

export interface BundleOptions {
  readonly projects?: readonly string[]
  readonly all?: boolean
  /** Relative to where the command was typed */
  readonly output: string
}

/**
 * Makes a folder that another machine measures with Python alone.
 * @returns what writes it, for when this is no dry run
 */
export async function createBundle(tree: Tree, options: BundleOptions, log: Log): Promise<() => Promise<void>> {
  const output = resolve(process.env['INIT_CWD'] ?? process.cwd(), options.output)
  const harnessSha256 = await createLocalRunner(tree.root).harnessSha256()
  const made = []
  for (const commit of chosen(tree, options)) {
    const bundled = await bundledCommit(contextOf(tree, commit, 'bundle', log), harnessSha256)
    if ('commits' in bundled) made.push(bundled)
    else log(`left out: ${commit.name}: ${bundled.skipped.reason ?? bundled.skipped.message}`)
  }
  if (made.length === 0) {
    throw new IsobenchError('bad-input', 'no commit to measure', {
      hint: '`out/environment.json` and `out/generation.json` of each say why',
    })
  }
  const wheels = new Map(made.flatMap((each) => [...each.wheels]))
  const commits = made.flatMap((each) => each.commits)
  return async () => {
    const bytes = await writePortableBundle(output, await toolName(), commits, wheels)
    log(`${made.length} commits, ${commits.length - made.length} controls, ${(bytes / 1e6).toFixed(1)} MB: ${output}`)
    log('copy it to the machine that measures and run there: python3 run.py')
  }
}

export const bundle = generator(createBundle)

function chosen(tree: Tree, { projects = [], all = false }: BundleOptions): CommitFolder[] {
  const named = commitsNamed(tree, projects)
  const isReady = ({ root }: CommitFolder) => tree.exists(`${root}/out/generation.json`)
  if (all) return commitFolders(tree).filter(isReady)
  if (named.length === 0) {
    throw new IsobenchError('bad-input', 'no commit was named', { hint: 'name projects, or give --all' })
  }
  const early = named.find((commit) => !isReady(commit))
  if (early === undefined) return named
  throw new IsobenchError('bad-input', `no test yet: ${early.name}`, {
    hint: `npx nx run-many -t generate-test -p ${projects.join(',')}`,
  })
}
