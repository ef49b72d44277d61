import { IsobenchError } from '../errors.ts'
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

/**
 * The same, to run the test with.
 * @throws IsobenchError `prerequisite-missing` where the environments lack what the measuring machine is to lend
 */
export function measuringInterpreters(context: StageContext, environment: Environment): () => Promise<Interpreters> {
  if (environment.dependency_source !== 'host') return interpretersOf(context, environment)
  return () =>
    Promise.reject(
      new IsobenchError(
        'prerequisite-missing',
        `dependencies come from the measuring machine, and no runs were collected: ${context.projectName}`,
        {
          hint: `\`npx nx g nx-isobench:bundle ${context.projectName} --output FOLDER\` makes what that machine runs; for a trial set \`verify: static\` in generation.yaml`,
        },
      ),
    )
}
