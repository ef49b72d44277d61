import type { Bundle, Runner } from '../adapters/runner.ts'
import { controlPlan, controlsOf } from '../domain/controls.ts'
import { decide, undecided } from '../domain/decision.ts'
import { sha256 } from '../domain/digest.ts'
import { hostNoise } from '../domain/host-noise.ts'
import { createPlan } from '../domain/plan.ts'
import { runOutcome } from '../domain/run-outcome.ts'
import { completePairs, countedPairs, parseRuns, peakMemory, reachedOn } from '../domain/runs.ts'
import { secondaryMetrics } from '../domain/secondary-metrics.ts'
import type { Analysis } from '../schema/analysis.ts'
import type { Environment } from '../schema/environment.ts'
import type { Control, Decision, Measurement, MeasurementFlag } from '../schema/measurement.ts'
import type { MeasurementSettings } from '../schema/measurement-settings.ts'
import { type Outcome, type Side, skipped } from '../schema/outcome.ts'
import type { ControlKind, Installed, Interpreters, Plan, Run } from '../schema/run-bundle.ts'

export interface RunGpuInput {
  readonly instanceId: string
  readonly analysis: Analysis
  readonly environment: Environment
  /** Text of `efficiency_test.py`; null where an earlier stage has no result */
  readonly test: string | null
  readonly settings: MeasurementSettings
}

export interface RunGpuEffects {
  /** Makes sure that both environments are there, and gives their interpreters; for a control, base in place of head */
  readonly interpreters: (control: ControlKind | null) => Promise<Interpreters>
  readonly runner: Runner
  readonly log: (message: string) => void
}

/**
 * Measures base against head: interleaved fresh processes of the same script, until the rule decides. Then, where the
 * settings say so, base against base in the same way: the controls.
 * @returns the artifact, and the text of `runs.jsonl` that it was decided from, with those of the controls at its end
 */
export async function runGpu(
  input: RunGpuInput,
  { interpreters, runner, log }: RunGpuEffects,
): Promise<{ measurement: Measurement; runs: string }> {
  const { instanceId, environment, settings } = input
  const planned = planMeasurement(input, await runner.harnessSha256())
  if ('skipped' in planned) return { measurement: notMeasured(settings, planned.skipped), runs: '' }
  const { plan, test } = planned
  const measured = await runner.measure({ plan, test, interpreters: () => interpreters(null) }, log)

  const measurement = conclude(plan, parseRuns(measured.runs), environment)
  log(summary(measurement))
  const kinds = measurement.outcome.status === 'ok' ? controlsOf(instanceId, settings.controls) : []
  const controls: { control: Control; runs: string }[] = []
  for (const kind of kinds) {
    const bundle = { plan: controlPlan(plan, kind), test, interpreters: () => interpreters(kind) }
    controls.push(await measureControl(kind, bundle, runner, log))
  }
  const runs = [measured.runs, ...controls.map((each) => each.runs)].join('')
  return {
    measurement: {
      ...measurement,
      controls: controls.map(({ control }) => control),
      fingerprint: measured.fingerprint,
      installed: measured.installed === null ? null : importedBy(parseRuns(measured.runs), measured.installed),
      runs_sha256: sha256(runs),
      plan_sha256: measured.planSha256,
    },
    runs,
  }
}

/** Base against base, by the rule that base and head are compared by. */
async function measureControl(
  kind: ControlKind,
  bundle: Bundle,
  runner: Runner,
  log: RunGpuEffects['log'],
): Promise<{ control: Control; runs: string }> {
  log(`control ${kind}: base against base`)
  const { runs: text, planSha256 } = await runner.measure(bundle, log)
  const runs = parseRuns(text)
  const [outcome, decision] = [runOutcome(bundle.plan, runs), decide(bundle.plan, runs)]
  log(`control ${kind}: ${summary({ outcome, decision })}`)
  return { control: { kind, outcome, decision, plan_sha256: planSha256 }, runs: text }
}

/** The plan of a measurement with the test that it names, or why there is nothing to measure. */
export function planMeasurement(
  { instanceId, analysis, environment, test, settings }: RunGpuInput,
  harnessSha256: string,
): { readonly plan: Plan; readonly test: string } | { readonly skipped: Outcome } {
  const earlier = [analysis, environment].find(({ outcome }) => outcome.status !== 'ok')
  if (earlier !== undefined) return { skipped: skipped(earlier.outcome) }
  if (test === null) return { skipped: withoutTest }
  const [base, head] = [environment.base!, environment.head!]
  const { functions } = analysis
  return { plan: createPlan({ instanceId, test, harnessSha256, base, head, functions, settings }), test }
}

/** Why there is no test is said by `generation.json`; it is no input here, so that a new prompt alone measures nothing. */
const withoutTest: Outcome = { status: 'skipped', reason: null, side: null, message: 'no efficiency test' }

/** The artifact from the plan and its runs, so that a decision can be drawn again without measuring. */
export function conclude(
  plan: Plan,
  runs: readonly Run[],
  environment: Pick<Environment, 'comparable' | 'dependency_source'>,
): Measurement {
  const outcome = runOutcome(plan, runs)
  const decision = decide(plan, runs)
  const pairs = outcome.status === 'ok' ? countedPairs(completePairs(runs)).slice(0, decision.pairs) : []
  const [base, head] = [reachedOn('base', runs), reachedOn('head', runs)]
  return {
    ...notMeasured({ profile: plan.profile, session: plan.session, sandbox: sandboxOf(plan, runs) }, outcome),
    decision: { ...decision, flags: [...decision.flags, ...circumstances(plan, runs, environment)] },
    samples: { base: pairs.map((pair) => pair.base.seconds!), head: pairs.map((pair) => pair.head.seconds!) },
    secondary_metrics: secondaryMetrics(plan, pairs),
    digest: digestState(outcome, runs),
    functions_reached: base === null || head === null ? null : { base, head },
    peak_memory_bytes: { base: peakMemory('base', runs), head: peakMemory('head', runs) },
    host_noise: hostNoise(runs),
  }
}

/** The artifact of a stage that has no measurement. */
export function notMeasured(
  { profile, session, sandbox }: Pick<MeasurementSettings, 'profile' | 'session' | 'sandbox'>,
  outcome: Outcome,
): Measurement {
  return {
    schema_version: 1,
    outcome,
    protocol: 'abba-gs-wilcoxon/1',
    profile,
    session,
    decision: undecided(null),
    samples: { base: [], head: [] },
    secondary_metrics: [],
    controls: [],
    digest: null,
    functions_reached: null,
    peak_memory_bytes: null,
    sandbox,
    fingerprint: null,
    host_noise: null,
    installed: null,
    runs_sha256: null,
    plan_sha256: null,
  }
}

/** What a reader must know beside the verdict, apart from the numbers. */
function circumstances(
  plan: Plan,
  runs: readonly Run[],
  environment: Pick<Environment, 'comparable' | 'dependency_source'>,
): MeasurementFlag[] {
  const ended = runs.filter((run) => run.result === 'ok')
  return [
    ...(environment.comparable ? [] : ['not-comparable' as const]),
    ...(sandboxOf(plan, runs) === 'none' ? ['unsandboxed' as const] : []),
    ...(ended.length > 0 && ended[0]!.digest === null ? ['no-digest' as const] : []),
    ...(plan.functions.length === 0 ? ['coverage-unknown' as const] : []),
    ...(environment.dependency_source === 'host' ? ['host-dependencies' as const] : []),
  ]
}

/** `none` when any process ran without one: the person at a bundle's machine may have said so. */
function sandboxOf(plan: Plan, runs: readonly Run[]): Plan['sandbox'] {
  return runs.some((run) => run.sandbox === 'none') ? 'none' : plan.sandbox
}

/** What the machine installed, as far as the test imported it. */
function importedBy(runs: readonly Run[], installed: Installed): Measurement['installed'] {
  const { dependencies } = installed
  return { dependencies, base: importedOn('base', runs, installed), head: importedOn('head', runs, installed) }
}

function importedOn(side: Side, runs: readonly Run[], installed: Installed) {
  const { python, packages, modules } = installed[side]
  const loaded = runs.findLast((run) => run.side === side && run.imported !== null)?.imported ?? []
  const names = new Set(loaded.flatMap((module) => modules[module] ?? []))
  return { python, packages: Object.fromEntries([...names].map((name) => [name, packages[name]!])) }
}

function digestState(outcome: Outcome, runs: readonly Run[]): Measurement['digest'] {
  if (outcome.reason === 'output-differs') return 'mismatch'
  const sides = new Set(runs.filter((run) => run.result === 'ok').map((run) => run.side))
  if (sides.size < 2) return null
  return runs[0]!.digest === null ? 'absent' : 'match'
}

function summary({ outcome, decision }: Pick<Measurement, 'outcome' | 'decision'>): string {
  if (outcome.status !== 'ok') return `unmeasured, ${outcome.reason}${onSide(outcome)}: ${outcome.message}`
  const { verdict, improvement, ci95, p_value, pairs } = decision
  const interval = ci95 === null ? '' : ` [${percent(ci95[0])}, ${percent(ci95[1])}]`
  const effect = improvement === null ? '' : `, ${percent(improvement)} less time${interval}`
  const probability = p_value === null ? '' : `, p ${p_value.toPrecision(2)}`
  return `${verdict}${effect} after ${pairs} pairs${probability}${power(decision)}`
}

function onSide({ side }: Outcome): string {
  return side === null ? '' : ` on ${side}`
}

function power({ verdict, minimum_detectable_effect: detectable }: Decision): string {
  return verdict === 'inconclusive' && detectable !== null ? `, could have found ${percent(detectable)}` : ''
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
