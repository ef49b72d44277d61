import type { CommitToBundle } from '../adapters/portable-bundle.ts'
import { canonicalJson } from '../domain/canonical-json.ts'
import { controlPlan, controlsOf } from '../domain/controls.ts'
import { sha256 } from '../domain/digest.ts'
import { minorOf } from '../domain/python-version.ts'
import type { Environment, InstalledSide } from '../schema/environment.ts'
import type { Outcome } from '../schema/outcome.ts'
import type { BundledSide } from '../schema/portable-bundle.ts'
import { planMeasurement } from '../stages/run-gpu.ts'
import type { StageContext } from './context.ts'
import { measurementInput } from './measurement-input.ts'

/**
 * A commit for a bundle and its A/A controls, with their wheels (path in the bundle to file on this machine), or why it
 * is not measured.
 */
export type Bundled =
  | { readonly commits: readonly CommitToBundle[]; readonly wheels: ReadonlyMap<string, string> }
  | { readonly skipped: Outcome }

/** Makes the part of a bundle that measures the commit of this context, by the plans that `run-gpu` would measure. */
export async function bundledCommit(context: StageContext, harnessSha256: string): Promise<Bundled> {
  const input = await measurementInput(context)
  const planned = planMeasurement(input, harnessSha256)
  if ('skipped' in planned) return planned
  const [{ settings }, base, head] = await Promise.all([
    context.repository(),
    context.output('pylock.base.toml'),
    context.output('pylock.head.toml'),
  ])
  const locks = { base: base!, head: head! }
  const sides = { base: input.environment.base!, head: input.environment.head! }
  const wheels = new Map<string, string>()
  const bundle = (side: 'base' | 'head') => bundleSide(context, sides[side], locks[side], wheels)
  const entry = {
    instance_id: input.instanceId,
    control: null,
    plan_sha256: sha256(canonicalJson(planned.plan)),
    dependencies: dependenciesOf(input.environment),
    distribution: settings.package.name,
    import: settings.package.import,
    python: minorOf(sides.head.python),
    base: await bundle('base'),
    head: await bundle('head'),
  }
  const controls = controlsOf(input.instanceId, input.settings.controls).map((control): CommitToBundle => {
    const plan = controlPlan(planned.plan, control)
    return {
      plan,
      test: planned.test,
      entry: { ...entry, control, plan_sha256: sha256(canonicalJson(plan)), head: entry.base },
      locks: { base: locks.base, head: locks.base },
    }
  })
  return { commits: [{ ...planned, entry, locks }, ...controls], wheels }
}

function dependenciesOf({ dependency_source }: Environment): 'lock' | 'host' {
  return dependency_source ?? 'lock'
}

async function bundleSide(
  context: StageContext,
  side: InstalledSide,
  lock: string,
  wheels: Map<string, string>,
): Promise<BundledSide> {
  const environments = await context.environments()
  const files = await environments.wheelFiles(side, lock)
  const bundled = files.map(({ file, filename, sha256: digest }) => {
    const path = `wheels/${digest}/${filename}`
    wheels.set(path, file)
    return { path, sha256: digest }
  })
  return { version: side.wheel.version, wheels: bundled }
}
