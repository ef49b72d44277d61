import type { Environment } from '../schema/environment.ts'
import type { Interpreters } from '../schema/run-bundle.ts'
import type { StageContext } from './context.ts'

/** Makes sure that both environments are there when they are first needed, and gives their interpreters. */
export function interpretersOf(context: StageContext, { base, head }: Environment): () => Promise<Interpreters> {
  let found: Promise<Interpreters> | undefined
  const find = async (): Promise<Interpreters> => {
    const environments = await context.environments()
    const [baseLock, headLock] = [await context.output('pylock.base.toml'), await context.output('pylock.head.toml')]
    return {
      base: (await environments.ensure(base!, baseLock!)).python,
      head: (await environments.ensure(head!, headLock!)).python,
      read_only: [],
    }
  }
  return () => (found ??= find())
}
