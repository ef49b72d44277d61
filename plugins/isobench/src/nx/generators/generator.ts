import { type GeneratorCallback, logger, type Tree } from '@nx/devkit'
import { IsobenchError } from '../../errors.ts'

/** Takes one line for a person. */
export type Log = (message: string) => void

/**
 * The work of a generator: it changes the tree, which Nx writes to disk only when the whole work ends well. What it
 * does outside of the workspace goes into the callback: with `--dry-run`, Nx does not call it.
 */
export type Generate<Options> = (
  tree: Tree,
  options: Options,
  log: Log,
) => void | GeneratorCallback | Promise<void | GeneratorCallback>

/** A generator as Nx calls it. What an edit could fix is shown as one line and a hint, without a stack. */
export function generator<Options>(
  generate: Generate<Options>,
): (tree: Tree, options: Options) => Promise<void | GeneratorCallback> {
  return async (tree, options) => {
    const callback = await showingErrors(() => generate(tree, options, (message) => logger.info(message)))
    return callback && (() => showingErrors(callback))
  }
}

async function showingErrors<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof IsobenchError ? withoutStack(error) : error
  }
}

/** Nx prints the message of an error line by line, and advice about stacks where there is one. */
function withoutStack(error: IsobenchError): Error {
  const shown = new Error(error.format().replace(/^error: /, ''), { cause: error })
  shown.stack = ''
  return shown
}
