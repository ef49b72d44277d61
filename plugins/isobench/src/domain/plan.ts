import type { ChangedFunction } from '../schema/analysis.ts'
import type { InstalledSide } from '../schema/environment.ts'
import type { MeasurementSettings } from '../schema/measurement-settings.ts'
import type { Plan, PlannedFunction, Timing } from '../schema/run-bundle.ts'
import { sha256 } from './digest.ts'
import { detectableDeviations } from './power.ts'
import { profiles } from './profiles.ts'
import { intervalRank } from './signed-rank.ts'

/** Effects below this are never called improved or regressed: layout and link order alone do as much. */
const minimumEffect = 0.01
/** Base and head count as equal when the whole interval is within this. */
const equivalenceMargin = 0.02
/** One pair more than a fifth of all that were measured is too much to leave out (measure.md §3.6). */
const mostExcluded = (counted: number) => Math.floor(counted / 4)
/** Measuring stops when the last look could find only effects this many times larger than the target. */
const futileMultiple = 3
/** But not where the signed-rank test of a single look already has a p value of this or less. */
const promisingAlpha = 0.2

/**
 * Everything that a measurement depends on, from what the earlier stages found. Equal inputs, equal plan: the order of
 * the blocks is a coin that comes from the instance and the script, so it is fixed before anything is measured.
 */
export function createPlan(input: {
  readonly instanceId: string
  readonly test: string
  readonly harnessSha256: string
  readonly base: InstalledSide
  readonly head: InstalledSide
  readonly functions: readonly ChangedFunction[]
  readonly settings: MeasurementSettings
}): Plan {
  const { instanceId, test, settings } = input
  const { looks } = profiles[settings.profile]
  const mostPairs = looks.at(-1)!.pairs
  return {
    schema_version: 1,
    instance_id: instanceId,
    script: 'efficiency_test.py',
    script_sha256: sha256(test),
    harness_sha256: input.harnessSha256,
    base: planSide(input.base),
    head: planSide(input.head),
    profile: settings.profile,
    control: null,
    session: settings.session,
    blocks: blocksOf(`${instanceId}\n${sha256(test)}`, Math.ceil((mostPairs + mostExcluded(mostPairs)) / 2)),
    looks: looks.map(({ pairs, critical }) => ({
      pairs,
      critical,
      interval_rank: intervalRank(pairs)!,
      promising: intervalRank(pairs, promisingAlpha)! - 1,
      most_excluded: mostExcluded(pairs),
    })),
    timing: timing(settings),
    target_effect: settings.target_effect,
    minimum_effect: minimumEffect,
    equivalence_margin: equivalenceMargin,
    futility: { deviation: (futileMultiple * settings.target_effect) / detectableDeviations(mostPairs)! },
    timeout_seconds: settings.timeout_seconds,
    budget_seconds: settings.budget_seconds,
    memory_bytes: settings.memory_bytes ?? null,
    accelerator: settings.accelerator,
    sandbox: settings.sandbox,
    functions: plannedFunctions(input.functions),
  }
}

/** The changed functions that can be watched for: those in an importable module. */
export function plannedFunctions(functions: readonly ChangedFunction[]): PlannedFunction[] {
  return functions.flatMap(({ module, name, sides }) => (module === null ? [] : [{ module, name, sides }]))
}

/**
 * Half a second of warm-up and timing would be lost on a test of milliseconds and is nothing to a device, whose clocks
 * and caches settle over seconds and which throttles without rests.
 */
function timing(settings: Pick<MeasurementSettings, 'accelerator' | 'profile' | 'timeout_seconds'>): Timing {
  const onDevice = settings.accelerator !== 'none'
  const factor = settings.profile === 'rigorous' ? 2 : 1
  return {
    warmup_iterations: 3,
    warmup_seconds: onDevice ? 2 : 0.02,
    settle_seconds: onDevice ? 20 : 0.06,
    timed_iterations: 5,
    timed_seconds: (onDevice ? 1 : 0.12) * factor,
    rest_seconds: onDevice ? 0.02 : 0,
    limit_seconds: settings.timeout_seconds / 4,
  }
}

function planSide(side: InstalledSide): Plan['base'] {
  return {
    environment_key: side.environment_key,
    wheel_sha256: side.wheel.sha256,
    lock_sha256: side.lock_sha256,
  }
}

/** One fair coin a block: the bits of a digest. */
export function blocksOf(seed: string, count: number): Plan['blocks'] {
  const bits = Buffer.from(sha256(seed), 'hex')
  return Array.from({ length: count }, (_, index) => ((bits[index >> 3]! >> (index & 7)) & 1 ? 'BAAB' : 'ABBA'))
}
