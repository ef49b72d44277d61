import { inspect } from 'node:util'
import type { ExecutorContext, PromiseExecutor } from '@nx/devkit'
import { namingDiskFull } from '../adapters/disk-full.ts'
import { IsobenchError } from '../errors.ts'
import { Answers, type BatchTask, type TaskResult } from './answers.ts'
import { Batch } from './batch.ts'
import { StageContext } from './context.ts'
import { guarded } from './guard.ts'
import { clearOutputs, writeOutputs, type OutputFile, type Outputs } from './outputs.ts'
import { exitWithParent } from './parent.ts'
import { onStop } from './stop.ts'
import { commitStages } from './targets.ts'

/** The work of one stage: reads what it needs from the context, gives back its files by name (null: not this time). */
export type StageWork = (context: StageContext) => Promise<Outputs | AsyncIterable<OutputFile>>

/** Loads a stage when a task of it is to be done, and not before. */
export type LoadStage = () => Promise<{ work: StageWork }>

/** An Nx executor around a stage. Nx caches it when it succeeds; a stage that throws fails and leaves nothing behind. */
export function executor(stage: string, load: LoadStage): PromiseExecutor {
  return async (_options, nx) => {
    exitWithParent()
    return { success: await perform(stage, load, new StageContext(nx, nx.projectName!, stage, console.log)) }
  }
}

/**
 * The same for all ready tasks of a stage in one process. It answers every task it was given, once: Nx restores wrong
 * outputs after a partial batch (measured, see docs/caching.md). A task fails alone, whatever it does; when a signal
 * asks us to stop, all that have not ended fail.
 * @param atOnce how many tasks are at work at the most
 */
export function batchExecutor(stage: string, load: LoadStage, atOnce: number) {
  return async function* performAll(
    graph: { readonly tasks: Readonly<Record<string, BatchTask>> },
    _inputs: unknown,
    _overrides: unknown,
    nx: ExecutorContext,
  ): AsyncGenerator<{ readonly task: string; readonly result: TaskResult }> {
    exitWithParent()
    const waiting = Object.values(graph.tasks)
    const answers = new Answers(waiting)
    const batch = new Batch(() => void workOff())
    const workOff = async (): Promise<void> => {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
        answers.give(task, await performInBatch(stage, load, nx, task, batch))
      }
    }
    const stopped = onStop((signal) => {
      waiting.length = 0
      for (const task of answers.open) answers.give(task, stoppedBy(signal, stage, task))
    })
    for (let workers = Math.min(atOnce, waiting.length); workers > 0; workers--) void workOff()
    yield* answers
    stopped.forget()
  }
}

async function performInBatch(
  stage: string,
  load: LoadStage,
  nx: ExecutorContext,
  { target: { project } }: BatchTask,
  batch: Batch,
): Promise<TaskResult> {
  const startTime = Date.now()
  const lines: string[] = []
  const print = (line: string) => void lines.push(line)
  const result = (success: boolean) => ({
    success,
    terminalOutput: lines.map((line) => `${line}\n`).join(''),
    startTime,
    endTime: Date.now(),
  })
  batch.begin(project)
  try {
    return result(await perform(stage, load, new StageContext(nx, project, stage, print, batch)))
  } catch (error) {
    print(`${project} ${stage}: ${told(error)}`)
    return result(false)
  } finally {
    batch.end(project)
  }
}

function stoppedBy(signal: string, stage: string, { target: { project } }: BatchTask): TaskResult {
  const [startTime, endTime] = [Date.now(), Date.now()]
  return { success: false, terminalOutput: `${project} ${stage}: stopped by ${signal}\n`, startTime, endTime }
}

async function perform(stage: string, load: LoadStage, context: StageContext): Promise<boolean> {
  try {
    if (!(stage in commitStages)) await clearOutputs(context.projectDirectory, stage) // its folders hold any files
    const outputs = await guarded(async () => (await context.shared('stage', load)).work(context))
    await guarded(() => writeOutputs(context.projectDirectory, stage, outputs, context.events))
    return true
  } catch (caught) {
    const error = namingDiskFull(caught)
    context.log(told(error))
    if (process.env['NX_VERBOSE_LOGGING'] === 'true') context.log(inspect(error))
    await clearOutputs(context.projectDirectory, stage)
    return false
  } finally {
    await context.release()
  }
}

function told(error: unknown): string {
  if (error instanceof IsobenchError) return error.format()
  return `bug: ${error instanceof Error ? error.stack : String(error)}`
}
