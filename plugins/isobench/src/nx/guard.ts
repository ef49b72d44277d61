import { AsyncLocalStorage } from 'node:async_hooks'

/** A task at work in this process. */
interface Guarded {
  fail(error: unknown): void
}

const current = new AsyncLocalStorage<Guarded>()
const atWork = new Set<Guarded>()
let watching = false

/**
 * Does work of one task among others in this process. It fails, and it alone, also of what no promise tells: something
 * that it began and does not wait for rejects or throws, or wants to end the process.
 */
export async function guarded<Result>(work: () => Promise<Result>): Promise<Result> {
  watch()
  const { promise: failure, reject } = Promise.withResolvers<never>()
  const task: Guarded = { fail: reject }
  atWork.add(task)
  try {
    return await Promise.race([current.run(task, work), failure])
  } finally {
    atWork.delete(task)
  }
}

/** Takes over what would end the process: a fault belongs to the task in whose course it came about. */
function watch(): void {
  if (watching) return
  watching = true
  process.on('uncaughtException', blame)
  process.on('unhandledRejection', blame)
  const exit = process.exit.bind(process)
  process.exit = (code) => {
    if (current.getStore() === undefined) exit(code)
    const error = new Error(`a stage wanted to end the process with exit code ${code ?? 0}`)
    blame(error)
    throw error
  }
}

/** Where it cannot be said whose fault it is, what any task at work would give is not known to be right. */
function blame(error: unknown): void {
  const owner = current.getStore()
  const blamed = owner === undefined ? [...atWork] : [owner].filter((task) => atWork.has(task))
  for (const task of blamed) task.fail(error)
  if (blamed.length > 0) return
  console.error('error after its task had ended:', error)
  if (owner === undefined) process.exit(1)
}
