import type { SecondaryMetric } from '../schema/measurement.ts'
import type { Plan, Run } from '../schema/run-bundle.ts'
import { probabilityOf } from './decision.ts'
import { effectOf, improvementOf } from './effect.ts'
import { median } from './hodges-lehmann.ts'
import { holm } from './multiplicity.ts'
import type { Pair } from './runs.ts'

/** What the harness takes itself, where it can; a test cannot use these names. Lower is better. */
const ofHarness = ['peak_memory_bytes', 'peak_device_memory_bytes', 'device_seconds'] as const

/**
 * The figures besides the time over the pairs that the verdict is drawn from, by name. A figure that a process lacks has
 * no effect, since leaving out pairs by what was measured would bias it; so has one that is not above zero everywhere.
 *
 * The p value is that of the time: stage-wise over the looks taken. It is exact where a figure is independent of the
 * time or moves with it; in between, simulation shows at most 5.5 % of p values at or below 5 % where nothing differs.
 */
export function secondaryMetrics(plan: Plan, pairs: readonly Pair[]): SecondaryMetric[] {
  const runs = pairs.flatMap(({ base, head }) => [base, head])
  const compared = directions(runs).map(([name, better]) => compare(plan, pairs, name, better))
  const tested = compared.flatMap(({ name, p_value }) => (p_value === null ? [] : [{ name, p_value }]))
  const adjusted = holm(tested.map(({ p_value }) => p_value))
  const byName = new Map(tested.map(({ name }, index) => [name, adjusted[index]!]))
  return compared.map((metric) => Object.assign(metric, { p_holm: byName.get(metric.name) ?? null }))
}

/** Names with the direction that the first process which has the figure gives. */
function directions(runs: readonly Run[]): [string, SecondaryMetric['better']][] {
  const known = new Map<string, SecondaryMetric['better']>()
  for (const run of runs) {
    for (const name of ofHarness) if (run[name] !== null) known.set(name, 'lower')
    for (const [name, { better }] of Object.entries(run.metrics)) if (!known.has(name)) known.set(name, better)
  }
  return [...known].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function compare(
  plan: Plan,
  pairs: readonly Pair[],
  name: string,
  better: SecondaryMetric['better'],
): Omit<SecondaryMetric, 'p_holm'> {
  const values = (side: 'base' | 'head') => pairs.map((pair) => valueOf(pair[side], name, better))
  const [base, head] = [values('base'), values('head')]
  const ratios = base.flatMap((value, index) => logRatioOf(value, head[index]!) ?? [])
  const known = { name, better, base: middle(base), head: middle(head) }
  if (ratios.length < pairs.length) return { ...known, improvement: null, ci95: null, p_value: null }
  return { ...known, ...improvementOf(effectOf(ratios), better), p_value: probabilityOf(plan, ratios) }
}

function valueOf(run: Run, name: string, better: SecondaryMetric['better']): number | null {
  const own = ofHarness.find((each) => each === name)
  if (own !== undefined) return run[own]
  const metric = run.metrics[name]
  return metric?.better === better ? metric.value : null
}

function logRatioOf(base: number | null, head: number | null): number | undefined {
  return base !== null && head !== null && base > 0 && head > 0 ? Math.log(head / base) : undefined
}

function middle(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 || known.length < values.length ? null : median(known)
}
