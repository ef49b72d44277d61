import { logger, type Tree } from '@nx/devkit'
import { IsobenchError } from '../../errors.ts'

/** Takes one line for a person. */
export type Log = (message: string) => void

/** What a generator does outside the tree. Nx calls it after it wrote the tree, and not in a dry run. */
type Afterwards = () => Promise<void>

/** The work of a generator: it changes the tree, which Nx writes to disk only when the whole work ends well. */
export type Generate<Options> = (
  tree: Tree,
  options: Options,
  log: Log,
) => void | Afterwards | Promise<void | Afterwards>

/** A generator as Nx calls it. What an edit could fix is shown as one line and a hint, without a stack. */
export function generator<Options>(
  generate: Generate<Options>,
): (tree: Tree, options: Options) => Promise<void | Afterwards> {
  return async (tree, options) => {
    const afterwards = await withoutStacks(async () => generate(tree, options, (message) => logger.info(message)))
    return afterwards === undefined ? undefined : () => withoutStacks(afterwards)
  }
}

async function withoutStacks<Result>(work: () => Promise<Result>): Promise<Result> {
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
