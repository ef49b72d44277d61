import { join } from 'node:path'
import { canonicalJson } from '../domain/canonical-json.ts'
import { collectionFault } from '../domain/collection.ts'
import { controlPlan } from '../domain/controls.ts'
import { IsobenchError } from '../errors.ts'
import type { Environment } from '../schema/environment.ts'
import type { ControlKind, Plan } from '../schema/run-bundle.ts'
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
  /** The A/A controls that are measured with the commit */
  readonly controls: readonly ControlKind[]
  /** Makes what the node is to measure. Called only when it is submitted */
  readonly measurable: () => Promise<Measurable>
  /** Ends when the results were taken */
  readonly submit: (task: ClusterTask) => Promise<void>
}

/**
 * Runs bundles on the nodes of a cluster. A node gets a portable bundle of the commit and its controls, and what it
 * gives back is believed as far as what a person collects: by the checks of `domain/collection.ts`.
 */
export function createSlurmRunner(options: SlurmRunnerOptions): Runner {
  const { storeDirectory, controls, submit } = options
  return {
    harnessSha256,
    trial: (bundle, log) => createLocalRunner(storeDirectory).trial(bundle, log),
    async measure({ plan }, log) {
      const there = await findMeasured(storeDirectory, plan)
      if (there !== undefined) return there
      const plans = plan.control === null ? [plan, ...controls.map((kind) => controlPlan(plan, kind))] : [plan]
      await submit({
        digest: sha256(canonicalJson(plan)),
        log,
        write: (target) => write(target, plans, options),
        take: (results) => take(results, plans, options),
      })
      const measured = await findMeasured(storeDirectory, plan)
      if (measured !== undefined) return measured
      throw new IsobenchError('interrupted', 'another process waited for the same measurement, and it failed', {
        hint: 'run the target again',
      })
    },
  }
}

async function write(target: string, plans: readonly Plan[], options: SlurmRunnerOptions): Promise<void> {
  const { commits, wheels } = await options.measurable()
  const digests = new Set(plans.map((plan) => sha256(canonicalJson(plan))))
  const wanted = commits.filter(({ entry }) => digests.has(entry.plan_sha256))
  if (wanted.length !== plans.length) throw new Error('the bundle has other plans than the measurement')
  const sides = wanted.flatMap(({ entry }) => [...entry.base.wheels, ...entry.head.wheels])
  const needed = new Set(sides.map(({ path }) => path))
  const some = new Map([...wheels].filter(([path]) => needed.has(path)))
  await writePortableBundle(target, options.tool, wanted, some, linkedWheels(options.folder))
  if (plans[0]!.control !== null) await addEarlier(options.storeDirectory, target, commits[0]!)
}

/** A control is measured only where the commit could be: the node is shown that it was. */
async function addEarlier(storeDirectory: string, target: string, { entry, plan }: CommitToBundle): Promise<void> {
  const place = join(target, 'earlier', folderName(entry.instance_id, null))
  const runs = await readTextIfPresent(join(runsFolder(storeDirectory, entry.plan_sha256), 'runs.jsonl'))
  await writeAtomically(join(place, 'plan.json'), canonicalJson(plan))
  await writeAtomically(join(place, 'runs.jsonl'), runs ?? '')
}

/** Keeps the results of the first, and of its controls those that are there: one that is not is asked for again. */
async function take(
  results: string,
  [first, ...controls]: readonly Plan[],
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
  plan: Plan,
  { storeDirectory, environment }: SlurmRunnerOptions,
): Promise<void> {
  const result = await readResult(join(results, folderName(plan.instance_id, plan.control)))
  const planSha256 = sha256(canonicalJson(plan))
  const fault = collectionFault(plan, planSha256, environmentOf(environment, plan.control), result)
  if (fault !== null) throw new IsobenchError('corrupt-artifact', `the node gave back something else: ${fault}`)
  await keepResult(storeDirectory, planSha256, result)
}

function environmentOf(environment: Environment, control: ControlKind | null): Environment {
  return control === null ? environment : { ...environment, head: environment.base }
}
