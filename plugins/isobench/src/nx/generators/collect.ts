import { resolve } from 'node:path'
import type { Tree } from '@nx/devkit'
import { type Result, findResults, keepResult, keptRuns, readResult } from '../../adapters/collected-results.ts'
import { createLocalRunner } from '../../adapters/runner.ts'
import { canonicalJson } from '../../domain/canonical-json.ts'
import { collectionFault } from '../../domain/collection.ts'
import { controlPlan } from '../../domain/controls.ts'
import { sha256 } from '../../domain/digest.ts'
import { IsobenchError } from '../../errors.ts'
import type { ControlKind } from '../../schema/run-bundle.ts'
import { planMeasurement } from '../../stages/run-gpu.ts'
import { measurementInput } from '../measurement-input.ts'
import { type CommitFolder, commitsNamed, contextOf } from './commit-folders.ts'
import { type Log, generator } from './generator.ts'

export interface CollectOptions {
  /** A bundle that was measured or its results, relative to where the command was typed */
  readonly folder: string
}

interface Accepted {
  readonly commit: CommitFolder
  /** As it is called in lines for a person */
  readonly title: string
  readonly storeDirectory: string
  readonly planSha256: string
  readonly result: Result
}

/**
 * Takes the runs that another machine made, so that `run-gpu` decides from them instead of measuring. Each commit is
 * taken or refused by itself.
 * @returns what keeps the good ones, for when this is no dry run; it throws when one was refused
 */
export async function collectRuns(tree: Tree, options: CollectOptions, log: Log): Promise<() => Promise<void>> {
  const folder = resolve(process.env['INIT_CWD'] ?? process.cwd(), options.folder)
  const found = await findResults(folder)
  if (found.length === 0) {
    throw new IsobenchError('bad-input', `no results: ${folder}`, {
      hint: 'name the folder of a bundle that was measured, or its `results/`',
    })
  }
  const harnessSha256 = await createLocalRunner(tree.root).harnessSha256()
  const accepted: Accepted[] = []
  const refused: string[] = []
  for (const { instanceId, control, folder: results } of found) {
    const title = control === null ? instanceId : `${instanceId}, control ${control}`
    try {
      const taken = await accept(tree, { instanceId, control, title }, results, harnessSha256, log)
      if (taken === null) log(`already collected: ${title}`)
      else accepted.push(taken)
    } catch (error) {
      if (!(error instanceof IsobenchError)) throw error
      refused.push(title)
      log(`refused: ${title}: ${error.message}`)
    }
  }
  return async () => {
    for (const { title, storeDirectory, planSha256, result } of accepted) {
      await keepResult(storeDirectory, planSha256, result)
      log(`collected: ${title}`)
    }
    if (accepted.length > 0)
      log(`next: npx nx run-many -t run-gpu -p ${[...new Set(accepted.map((each) => each.commit.name))].join(',')}`)
    if (refused.length === 0) return
    throw new IsobenchError('corrupt-artifact', `results were refused: ${refused.join(', ')}`, {
      hint: 'the lines above say why; start run.py there again to go on, or make a new bundle here',
    })
  }
}

export const collect = generator(collectRuns)

async function accept(
  tree: Tree,
  { instanceId, control, title }: { instanceId: string; control: ControlKind | null; title: string },
  folder: string,
  harnessSha256: string,
  log: Log,
): Promise<Accepted | null> {
  const [commit] = commitsNamed(tree, [instanceId])
  const context = contextOf(tree, commit!, 'collect', log)
  const input = await measurementInput(context)
  const planned = planMeasurement(input, harnessSha256)
  if ('skipped' in planned) {
    throw new IsobenchError('bad-input', `this workspace does not measure it: ${planned.skipped.message}`)
  }
  const plan = control === null ? planned.plan : controlPlan(planned.plan, control)
  const environment = control === null ? input.environment : { ...input.environment, head: input.environment.base }
  const planSha256 = sha256(canonicalJson(plan))
  const result = await readResult(folder)
  const fault = collectionFault(plan, planSha256, environment, result)
  if (fault !== null) throw new IsobenchError('corrupt-artifact', fault)
  const { storeDirectory } = context
  const kept = await keptRuns(storeDirectory, planSha256)
  if (kept === result.texts['runs.jsonl']) return null
  if (kept !== undefined) {
    throw new IsobenchError('bad-input', 'other runs of this plan are here already; raise `session` to measure again')
  }
  return { commit: commit!, title, storeDirectory, planSha256, result }
}
