import { logger, type Tree } from '@nx/devkit'
import { IsobenchError } from '../../errors.ts'

/** Takes one line for a person. */
export type Log = (message: string) => void

/** The work of a generator: it changes the tree, which Nx writes to disk only when the whole work ends well. */
export type Generate<Options> = (tree: Tree, options: Options, log: Log) => void | Promise<void>

/** A generator as Nx calls it. What an edit could fix is shown as one line and a hint, without a stack. */
export function generator<Options>(generate: Generate<Options>): (tree: Tree, options: Options) => Promise<void> {
  return async (tree, options) => {
    try {
      await generate(tree, options, (message) => logger.info(message))
    } catch (error) {
      throw error instanceof IsobenchError ? withoutStack(error) : error
    }
  }
}

/** Nx prints the message of an error line by line, and advice about stacks where there is one. */
function withoutStack(error: IsobenchError): Error {
  const shown = new Error(error.format().replace(/^error: /, ''), { cause: error })
  shown.stack = ''
  return shown
}
