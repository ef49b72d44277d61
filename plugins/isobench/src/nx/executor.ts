import { availableParallelism } from 'node:os'
import { inspect } from 'node:util'
import type { ExecutorContext, PromiseExecutor } from '@nx/devkit'
import { namingDiskFull } from '../adapters/disk-full.ts'
import { IsobenchError } from '../errors.ts'
import { Batch } from './batch.ts'
import { StageContext } from './context.ts'
import { clearOutputs, writeOutputs, type OutputFile, type Outputs } from './outputs.ts'
import { exitWithParent } from './parent.ts'

/** The work of one stage: reads what it needs from the context, gives back its files by name (null: not this time). */
export type StageWork = (context: StageContext) => Promise<Outputs | AsyncIterable<OutputFile>>

/** A task as Nx gives it to a batch. */
export interface BatchTask {
  readonly id: string
  readonly target: { readonly project: string; readonly target: string }
}

/** How a task of a batch ended. */
export interface TaskResult {
  readonly success: boolean
  readonly terminalOutput: string
  readonly startTime: number
  readonly endTime: number
}

/** An Nx executor around a stage. Nx caches it when it succeeds; a stage that throws fails and leaves nothing behind. */
export function executor(stage: string, load: () => Promise<{ work: StageWork }>): PromiseExecutor {
  return async (_options, nx) => {
    exitWithParent()
    const context = new StageContext(nx, nx.projectName!, stage, console.log)
    return { success: await perform(stage, load, context) }
  }
}

/**
 * The same for all ready tasks of a stage in one process. It answers every task it was given: Nx restores wrong
 * outputs after a partial batch (measured, see docs/caching.md).
 */
export function batchExecutor(
  stage: string,
  load: () => Promise<{ work: StageWork }>,
  atOnce = availableParallelism(),
) {
  return async function* performAll(
    graph: { readonly tasks: Readonly<Record<string, BatchTask>> },
    _inputs: unknown,
    _overrides: unknown,
    nx: ExecutorContext,
  ): AsyncGenerator<{ task: string; result: TaskResult }> {
    exitWithParent()
    const batch = new Batch()
    const waiting = Object.values(graph.tasks)
    const running = new Map<string, Promise<{ task: string; result: TaskResult }>>()
    while (waiting.length > 0 || running.size > 0) {
      while (waiting.length > 0 && running.size < atOnce) {
        const task = waiting.shift()!
        running.set(task.id, performInBatch(stage, load, nx, task, batch))
      }
      const finished = await Promise.race(running.values())
      running.delete(finished.task)
      yield finished
    }
  }
}

async function performInBatch(
  stage: string,
  load: () => Promise<{ work: StageWork }>,
  nx: ExecutorContext,
  task: BatchTask,
  batch: Batch,
) {
  const startTime = Date.now()
  const lines: string[] = []
  const context = new StageContext(nx, task.target.project, stage, (line) => void lines.push(line), batch)
  batch.begin(task.target.project)
  const success = await perform(stage, load, context)
  batch.leave(task.target.project)
  return {
    task: task.id,
    result: { success, terminalOutput: lines.map((line) => `${line}\n`).join(''), startTime, endTime: Date.now() },
  }
}

async function perform(
  stage: string,
  load: () => Promise<{ work: StageWork }>,
  context: StageContext,
): Promise<boolean> {
  try {
    await clearOutputs(context.projectDirectory, stage)
    const { work } = await load()
    const outputs = await work(context)
    await writeOutputs(context.projectDirectory, stage, outputs, context.events)
    return true
  } catch (caught) {
    const error = namingDiskFull(caught)
    context.log(
      error instanceof IsobenchError ? error.format() : `bug: ${error instanceof Error ? error.stack : String(error)}`,
    )
    if (process.env['NX_VERBOSE_LOGGING'] === 'true') context.log(inspect(error))
    await clearOutputs(context.projectDirectory, stage)
    return false
  } finally {
    await context.release()
  }
}
