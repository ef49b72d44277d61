import { ControlKind } from '../schema/run-bundle.ts'
import { upperBoundOfChance } from './binomial.ts'
import { median } from './hodges-lehmann.ts'
import type { RecordSummary } from './record-summary.ts'

/** With this confidence the chance of a false verdict is at most the bound on the card. */
const confidence = 0.95

/**
 * How often base was called faster or slower than itself: the empirical false-positive rate, with its one-sided
 * Clopper–Pearson bound. A control whose processes failed says nothing and is only counted.
 */
export function controlsOnCard(records: readonly RecordSummary[]) {
  const controls = records.flatMap(({ measurement }) => measurement.controls)
  const measured = controls.filter(({ verdict }) => verdict !== 'unmeasured')
  const rejected = measured.filter(({ verdict }) => verdict === 'improved' || verdict === 'regressed').length
  const none = measured.length === 0
  return {
    measured: measured.length,
    unmeasured: controls.length - measured.length,
    rejected,
    false_positive_rate: none ? null : rejected / measured.length,
    upper_bound: none ? null : upperBoundOfChance(rejected, measured.length, confidence),
    confidence,
    kinds: ControlKind.options.map((kind) => ({
      kind,
      controls: measured.filter((each) => each.kind === kind).length,
    })),
    largest_effect: none ? null : Math.max(...measured.map(({ improvement }) => Math.abs(improvement ?? 0))),
  }
}

/** The median over the commits of what neighbouring processes of one side differ by; null where nothing was measured. */
export function medianNoiseFloor(records: readonly RecordSummary[]): number | null {
  const floors = records.flatMap(({ measurement }) => measurement.noise_floor ?? [])
  return floors.length === 0 ? null : median(floors)
}
