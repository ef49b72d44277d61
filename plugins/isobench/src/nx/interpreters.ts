import type { Environment } from '../schema/environment.ts'
import type { ControlKind, Interpreters } from '../schema/run-bundle.ts'
import type { StageContext } from './context.ts'

/**
 * Makes sure that both environments are there when they are first needed, and gives their interpreters. For a control,
 * base stands in the place of head: the same environment, or a second installation of it.
 */
export function interpretersOf(
  context: StageContext,
  { base, head }: Environment,
): (control?: ControlKind | null) => Promise<Interpreters> {
  const found = new Map<ControlKind | null, Promise<Interpreters>>()
  const find = async (control: ControlKind | null): Promise<Interpreters> => {
    const environments = await context.environments()
    const [baseLock, headLock] = [await context.output('pylock.base.toml'), await context.output('pylock.head.toml')]
    const other = {
      blind: () => environments.ensure(base!, baseLock!),
      'second-base': () => environments.ensure({ ...base!, secondInstallation: true }, baseLock!),
    }
    return {
      base: (await environments.ensure(base!, baseLock!)).python,
      head: (await (control === null ? environments.ensure(head!, headLock!) : other[control]())).python,
      read_only: [],
    }
  }
  return (control = null) => found.get(control) ?? found.set(control, find(control)).get(control)!
}
