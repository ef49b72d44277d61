import type { MeasurementSettings } from '../schema/measurement-settings.ts'
import type { ControlKind, Plan } from '../schema/run-bundle.ts'
import { sha256 } from './digest.ts'
import { blocksOf } from './plan.ts'

/**
 * The A/A controls of a commit. Which commits are measured blind depends on their id alone: the same ones every time,
 * and those of a smaller share are among those of a larger one.
 */
export function controlsOf(
  instanceId: string,
  { second_base, blind_share }: MeasurementSettings['controls'],
): ControlKind[] {
  const drawn = Number.parseInt(sha256(`blind control\n${instanceId}`).slice(0, 8), 16) / 2 ** 32
  return [...(second_base ? ['second-base' as const] : []), ...(drawn < blind_share ? ['blind' as const] : [])]
}

/** The plan with base in the place of head, and with a coin of its own; everything else is as for the commit. */
export function controlPlan(plan: Plan, control: ControlKind): Plan {
  const functions = plan.functions
    .filter(({ sides }) => sides.includes('base'))
    .map(({ module, name }) => ({ module, name, sides: ['base' as const, 'head' as const] }))
  const seed = `${control}\n${plan.instance_id}\n${plan.script_sha256}`
  return { ...plan, control, head: plan.base, functions, blocks: blocksOf(seed, plan.blocks.length) }
}
