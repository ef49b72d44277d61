import { inspect } from 'node:util'
import type { PromiseExecutor } from '@nx/devkit'
import { IsobenchError } from '../errors.ts'
import { StageContext } from './context.ts'
import { exitWithParent } from './parent.ts'

/** What an action does with the options of the command line. It leaves no files; false is a failure it has told of. */
export type ActionWork<Options> = (context: StageContext, options: Options) => Promise<boolean>

/** An Nx executor around something that is done and never cached, such as a push. */
export function action<Options>(
  name: string,
  load: () => Promise<{ work: ActionWork<Options> }>,
): PromiseExecutor<Options> {
  return async (options, nx) => {
    exitWithParent()
    const context = new StageContext(nx, nx.projectName!, name, console.log)
    try {
      const { work } = await load()
      return { success: await work(context, options) }
    } catch (error) {
      context.log(
        error instanceof IsobenchError
          ? error.format()
          : `bug: ${error instanceof Error ? error.stack : String(error)}`,
      )
      if (process.env['NX_VERBOSE_LOGGING'] === 'true') context.log(inspect(error))
      return { success: false }
    }
  }
}
