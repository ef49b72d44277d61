import { canonicalJson } from '../domain/canonical-json.ts'
import { controlPlan, controlsOf } from '../domain/controls.ts'
import { decide } from '../domain/decision.ts'
import { differenceOf } from '../domain/difference.ts'
import { sha256 } from '../domain/digest.ts'
import { runOutcome } from '../domain/run-outcome.ts'
import { parseRuns } from '../domain/runs.ts'
import type { Control, Measurement } from '../schema/measurement.ts'
import type { Plan, Run } from '../schema/run-bundle.ts'
import { type RunGpuInput, conclude, notMeasured, planMeasurement } from './run-gpu.ts'

/** A measurement as it was found, with the text of its `runs.jsonl` (null: not there) and what it must be made from. */
export interface FoundMeasurement {
  readonly input: RunGpuInput
  readonly harnessSha256: string
  readonly measurement: Measurement
  readonly runs: string | null
}

/**
 * What a measurement says that its runs do not give; null where there is nothing. The decision is a pure function of
 * plan and runs, so it is drawn again without measuring: a cache that others write to cannot put a figure of its own
 * into a record. What the machine says of itself (`fingerprint`, `installed`) cannot be drawn again.
 * @throws IsobenchError `corrupt-artifact` for runs that are none, or that end before the rule does
 */
export function measurementFault({ input, harnessSha256, measurement, runs }: FoundMeasurement): string | null {
  const planned = planMeasurement(input, harnessSha256)
  if ('skipped' in planned) {
    const difference = differenceOf(measurement, notMeasured(input.settings, planned.skipped))
    if (difference !== null) return `nothing can be measured, but \`${difference}\` says otherwise`
    return (runs ?? '') === '' ? null : 'nothing can be measured, but there are runs'
  }
  if (runs === null || sha256(runs) !== measurement.runs_sha256) return 'runs.jsonl is not the one it was drawn from'
  if (planSha256(planned.plan) !== measurement.plan_sha256) return 'it was measured by another plan'
  const difference = differenceOf(measurement, drawnAgain(planned.plan, parseRuns(runs), input, measurement))
  return difference === null ? null : `its runs do not give \`${difference}\``
}

function drawnAgain(plan: Plan, runs: readonly Run[], input: RunGpuInput, found: Measurement): Measurement {
  const { fingerprint, installed, runs_sha256, plan_sha256 } = found
  const drawn = conclude(plan, runsOf(plan, runs), input.environment)
  const kinds = drawn.outcome.status === 'ok' ? controlsOf(input.instanceId, input.settings.controls) : []
  const controls = kinds.map((kind) => controlDrawnAgain(kind, controlPlan(plan, kind), runs))
  return { ...drawn, controls, fingerprint, installed, runs_sha256, plan_sha256 }
}

function controlDrawnAgain(kind: Control['kind'], plan: Plan, all: readonly Run[]): Control {
  const runs = runsOf(plan, all)
  return { kind, outcome: runOutcome(plan, runs), decision: decide(plan, runs), plan_sha256: planSha256(plan) }
}

function runsOf(plan: Plan, runs: readonly Run[]): Run[] {
  const digest = planSha256(plan)
  return runs.filter((run) => run.plan_sha256 === digest)
}

function planSha256(plan: Plan): string {
  return sha256(canonicalJson(plan))
}
