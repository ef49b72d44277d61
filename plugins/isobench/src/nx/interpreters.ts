import { IsobenchError } from '../errors.ts'
import type { Environment, InstalledSide } from '../schema/environment.ts'
import type { ControlKind, Interpreters } from '../schema/run-bundle.ts'
import type { StageContext } from './context.ts'

/** The interpreters of a commit, or of one of its A/A controls. */
type InterpretersOf = (control?: ControlKind | null) => Promise<Interpreters>

/**
 * Makes sure that both environments are there when they are first needed, and gives their interpreters. For a control,
 * base stands in the place of head: the same environment, or a second installation of it. With `proven` each is asked
 * whether it still is what was installed.
 */
export function interpretersOf(
  context: StageContext,
  { base, head }: Environment,
  { proven = false }: { readonly proven?: boolean } = {},
): InterpretersOf {
  const found = new Map<ControlKind | null, Promise<Interpreters>>()
  const find = async (control: ControlKind | null): Promise<Interpreters> => {
    const environments = await context.environments()
    const [baseLock, headLock] = [await context.output('pylock.base.toml'), await context.output('pylock.head.toml')]
    const interpreter = async (side: InstalledSide, lock: string, secondInstallation: boolean): Promise<string> => {
      const { python } = await environments.ensure({ ...side, secondInstallation }, lock)
      if (proven) await environments.prove(side, python)
      return python
    }
    const other = control === null ? ([head!, headLock!] as const) : ([base!, baseLock!] as const)
    return {
      base: await interpreter(base!, baseLock!, false),
      head: await interpreter(...other, control === 'second-base'),
      read_only: [],
    }
  }
  return (control = null) => found.get(control) ?? found.set(control, find(control)).get(control)!
}

/**
 * The same, to run the test with.
 * @throws IsobenchError `prerequisite-missing` where the environments lack what the measuring machine is to lend
 */
export function measuringInterpreters(context: StageContext, environment: Environment): InterpretersOf {
  if (environment.dependency_source !== 'host') return interpretersOf(context, environment, { proven: true })
  return (control = null) =>
    Promise.reject(
      new IsobenchError(
        'prerequisite-missing',
        `dependencies come from the measuring machine, and no runs were collected: ${context.projectName}${control === null ? '' : `, control ${control}`}`,
        {
          hint: `\`npx nx g nx-isobench:bundle ${context.projectName} --output FOLDER\` makes what that machine runs; for a trial set \`verify: static\` in generation.yaml`,
        },
      ),
    )
}
