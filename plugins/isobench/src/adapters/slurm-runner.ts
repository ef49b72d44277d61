import { join } from 'node:path'
import { canonicalJson } from '../domain/canonical-json.ts'
import { collectionFault } from '../domain/collection.ts'
import { IsobenchError } from '../errors.ts'
import type { Environment } from '../schema/environment.ts'
import type { ControlKind } from '../schema/run-bundle.ts'
import { keepResult, readResult } from './collected-results.ts'
import { readTextIfPresent, sha256, writeAtomically } from './files.ts'
import { type CommitToBundle, folderName, writePortableBundle } from './portable-bundle.ts'
import { type Runner, createLocalRunner, findMeasured, harnessSha256, runsFolder } from './runner.ts'
import type { ClusterTask } from './slurm.ts'
import { linkedWheels } from './slurm-wheels.ts'

/** A commit with its A/A controls, and the wheels of their sides: path in the bundle to file on this machine. */
export interface Measurable {
  readonly commits: readonly CommitToBundle[]
  readonly wheels: ReadonlyMap<string, string>
}

/** Measures one commit on a cluster. */
export interface SlurmRunnerOptions {
  readonly storeDirectory: string
  /** Shared with the nodes */
  readonly folder: string
  /** Name and version of this tool */
  readonly tool: string
  readonly environment: Environment
  /** Makes what the node is to measure. Not called when the runs are already there */
  readonly measurable: () => Promise<Measurable>
  /** Ends when the results were taken */
  readonly submit: (task: ClusterTask) => Promise<void>
}

/**
 * Runs bundles on the nodes of a cluster. A node gets a portable bundle of the commit and its controls, and what it
 * gives back is believed as far as what a person collects: by the checks of `domain/collection.ts`.
 */
export function createSlurmRunner(options: SlurmRunnerOptions): Runner {
  const { storeDirectory, folder, tool, submit } = options
  return {
    harnessSha256,
    trial: (bundle, log) => createLocalRunner(storeDirectory).trial(bundle, log),
    async measure({ plan }, log) {
      const there = await findMeasured(storeDirectory, plan)
      if (there !== undefined) return there
      const { commits, wheels } = await options.measurable()
      const wanted = plan.control === null ? commits : commits.filter(({ entry }) => entry.control === plan.control)
      const needed = new Set(wanted.flatMap(({ entry }) => [...entry.base.wheels, ...entry.head.wheels]).map(({ path }) => path))
      const some = new Map([...wheels].filter(([path]) => needed.has(path)))
      await submit({
        planSha256: sha256(canonicalJson(plan)),
        log,
        write: async (target) => {
          await writePortableBundle(target, tool, wanted, some, linkedWheels(folder))
          if (plan.control !== null) await addEarlier(storeDirectory, target, commits[0]!)
        },
        take: (results) => take(results, wanted, options),
      })
      const measured = await findMeasured(storeDirectory, plan)
      if (measured !== undefined) return measured
      throw new IsobenchError('interrupted', 'another process waited for the same measurement and it failed', {
        hint: 'run the target again',
      })
    },
  }
}

/** A control is measured only where the commit could be: the node is shown that it was. */
async function addEarlier(storeDirectory: string, target: string, { entry, plan }: CommitToBundle): Promise<void> {
  const place = join(target, 'earlier', folderName(entry.instance_id, null))
  const runs = await readTextIfPresent(join(runsFolder(storeDirectory, entry.plan_sha256), 'runs.jsonl'))
  await writeAtomically(join(place, 'plan.json'), canonicalJson(plan))
  await writeAtomically(join(place, 'runs.jsonl'), runs ?? '')
}

/** Keeps the results of the first, and of its controls those that are there: a control that is not is asked for again. */
async function take(
  results: string,
  [first, ...controls]: readonly CommitToBundle[],
  options: SlurmRunnerOptions,
): Promise<void> {
  await takeOne(results, first!, options)
  for (const control of controls) {
    await takeOne(results, control, options).catch((error: unknown) => {
      if (!(error instanceof IsobenchError)) throw error
    })
  }
}

async function takeOne(
  results: string,
  { entry, plan }: CommitToBundle,
  { storeDirectory, environment }: SlurmRunnerOptions,
): Promise<void> {
  const result = await readResult(join(results, folderName(entry.instance_id, entry.control)))
  const fault = collectionFault(plan, entry.plan_sha256, environmentOf(environment, entry.control), result)
  if (fault !== null) throw new IsobenchError('corrupt-artifact', `the node gave back something else: ${fault}`)
  await keepResult(storeDirectory, entry.plan_sha256, result)
}

function environmentOf(environment: Environment, control: ControlKind | null): Environment {
  return control === null ? environment : { ...environment, head: environment.base }
}
