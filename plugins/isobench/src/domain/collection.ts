import type { Environment, InstalledSide } from '../schema/environment.ts'
import type { Fingerprint } from '../schema/measurement.ts'
import { Side } from '../schema/outcome.ts'
import type { Installed, Plan, Run } from '../schema/run-bundle.ts'
import { canonicalJsonLine } from './canonical-json.ts'
import { isFinished } from './decision.ts'
import { median } from './hodges-lehmann.ts'
import { factsOf, identifySide } from './identity.ts'
import { completePairs } from './runs.ts'

/** What another machine gave back for one commit. */
export interface Collected {
  readonly plan: Plan
  readonly runs: readonly Run[]
  readonly fingerprint: Fingerprint
  readonly installed: Installed
  /** Digest of the text of `installed.json` */
  readonly installedSha256: string
}

const parts: Readonly<Record<string, string>> = {
  harness_sha256: 'with another harness than this workspace has',
  script_sha256: 'another efficiency test than this workspace has',
  'base.wheel_sha256': 'another wheel of base',
  'head.wheel_sha256': 'another wheel of head',
  'base.lock_sha256': 'another lock of base',
  'head.lock_sha256': 'another lock of head',
}

/** How a measured plan differs from the one that this workspace would measure now; null when they are equal. */
export function planDifference(ours: Plan, theirs: Plan): string | null {
  const [one, other] = [valuesOf(ours), valuesOf(theirs)]
  const differing = [...new Set([...one.keys(), ...other.keys()])].filter((name) => one.get(name) !== other.get(name))
  const telling = differing.find((name) => parts[name] !== undefined) ?? differing[0]
  if (telling === undefined) return null
  return `measured ${parts[telling] ?? `by another plan: \`${telling}\` differs`}`
}

/** Every value of a plan as text, those of a side by `base.<name>` and `head.<name>`. */
function valuesOf({ base, head, ...plan }: Plan): Map<string, string> {
  const entries = [...Object.entries(plan), ...named('base', base), ...named('head', head)]
  return new Map(entries.map(([name, value]) => [name, canonicalJsonLine(value)]))
}

function named(side: Side, values: Plan['base']): [string, string][] {
  return Object.entries(values).map(([name, value]) => [`${side}.${name}`, value])
}

/**
 * Why runs that another machine gave back cannot be used; null when they can. Checked is that they are of this plan,
 * that each follows from the ones before by the order of the plan, that none is missing, left over or there twice, and
 * that what was installed is the commits.
 * @param planSha256 digest of the plan that this workspace would measure
 */
export function collectionFault(
  plan: Plan,
  planSha256: string,
  environment: Environment,
  given: Collected,
): string | null {
  const { runs, installed } = given
  return (
    planDifference(plan, given.plan) ??
    runs.map((run, index) => runFault(run, index, planSha256, given)).find((fault) => fault !== null) ??
    repeatedNonce(runs) ??
    orderFault(plan, runs) ??
    endFault(plan, runs) ??
    installedFault(environment, installed) ??
    acceleratorFault(plan, given.fingerprint)
  )
}

function runFault(run: Run, index: number, planSha256: string, { installedSha256 }: Collected): string | null {
  const line = `runs.jsonl:${index + 1}`
  if (run.plan_sha256 !== planSha256) return `a run of another plan: ${line}`
  if (run.index !== index) return `runs are missing or out of order: ${line}`
  if (run.installed_sha256 !== installedSha256) return `a run of another installation: ${line}`
  if (run.result !== 'ok') return run.seconds === null ? null : `a run that failed has a time: ${line}`
  const total = run.iterations_seconds.reduce((sum, seconds) => sum + seconds, 0)
  const isWhole = run.seconds !== null && run.exit_code === 0 && run.iterations_seconds.length > 0
  if (!isWhole || run.seconds !== median(run.iterations_seconds.toSorted((a, b) => a - b))) {
    return `the time of a run is not the median of its iterations: ${line}`
  }
  return total > run.wall_seconds ? `the iterations of a run take longer than its process: ${line}` : null
}

function repeatedNonce(runs: readonly Run[]): string | null {
  const first = new Map<string, number>()
  for (const { nonce, index } of runs) {
    if (first.has(nonce)) return `a run is there twice: runs.jsonl:${first.get(nonce)! + 1} and ${index + 1}`
    first.set(nonce, index)
  }
  return null
}

/** Pairs come in order, each in the order of its block; one that was cut short comes again from its start. */
function orderFault(plan: Plan, runs: readonly Run[]): string | null {
  const fault = runs.findIndex((run, index) => {
    const before = runs[index - 1]
    if (run.purpose !== 'pair') return before?.purpose === 'pair' && run.purpose === 'coverage'
    const pair = completePairs(runs.slice(0, index)).length
    const block = plan.blocks[pair >> 1] ?? ''
    const letters = pair % 2 === 0 ? block.slice(0, 2) : block.slice(2)
    const [first, second] = letters.split('').map((letter) => (letter === 'A' ? 'base' : 'head'))
    const continues = before?.pair === pair && before.side === first
    return run.pair !== pair || (run.side !== first && !(run.side === second && continues))
  })
  return fault === -1 ? null : `a run that the plan has not at this place: runs.jsonl:${fault + 1}`
}

function endFault(plan: Plan, runs: readonly Run[]): string | null {
  if (runs.length === 0) return 'nothing was measured'
  if (!isFinished(plan, runs)) return `not finished, complete pairs: ${completePairs(runs).length}`
  const last = runs.at(-1)!
  const start = runs.findLastIndex((run) => run.purpose !== 'pair' || run.pair !== last.pair) + 1
  const earlier = runs.slice(0, last.purpose === 'pair' ? start : -1)
  return earlier.length > 0 && isFinished(plan, earlier) ? 'there are runs after the end of the measurement' : null
}

function installedFault(environment: Environment, installed: Installed): string | null {
  if (installed.dependencies !== (environment.dependency_source ?? 'lock')) {
    return `dependencies were taken from another source: ${installed.dependencies}`
  }
  for (const name of Side.options) {
    const side: InstalledSide = environment[name]!
    const facts = installed[name]
    if (facts.wheel_sha256 !== side.wheel.sha256) return `another wheel was installed on ${name}: ${facts.wheel_sha256}`
    const proof = identifySide(side, factsOf(facts))
    if ('mismatch' in proof) return `${name} is not the commit: ${proof.mismatch}`
  }
  return null
}

function acceleratorFault(plan: Plan, { accelerator }: Fingerprint): string | null {
  const [kind, name = ''] = plan.accelerator.split(':')
  const fits =
    kind === 'none'
      ? accelerator === null
      : accelerator !== null && accelerator.name.toLowerCase().replaceAll(' ', '-').includes(name)
  return fits ? null : `measured on another accelerator: ${accelerator?.name ?? 'none'}`
}
