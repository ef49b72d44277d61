import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import type { PromiseExecutor } from '@nx/devkit'
import type { ActionWork } from './nx/action.ts'
import type { tasksAtOnce } from './nx/at-once.ts'
import type { LoadStage, batchExecutor } from './nx/executor.ts'

/*
 * Nx loads this file in each process that does tasks, one a task or one a batch. It imports nothing of ours at the top, so
 * that all that a task loads comes after the compile cache: types are stripped and code is compiled once, not in each.
 */
const workspaceRoot = process.env['NX_WORKSPACE_ROOT']
if (workspaceRoot !== undefined) enableCompileCache(join(workspaceRoot, '.nx/compile-cache'))

const stages = {
  analyze: () => import('./nx/stages/analyze.ts'),
  installWheel: () => import('./nx/stages/install-wheel.ts'),
  generateTest: () => import('./nx/stages/generate-test.ts'),
  runGpu: () => import('./nx/stages/run-gpu.ts'),
  assemble: () => import('./nx/stages/assemble.ts'),
  assembleDataset: () => import('./nx/stages/assemble-dataset.ts'),
  batchAnswers: () => import('./nx/stages/batch-answers.ts'),
  report: () => import('./nx/stages/report.ts'),
}

export const analyze = alone('analyze', stages.analyze)
export const installWheel = alone('install-wheel', stages.installWheel)
export const generateTest = alone('generate-test', stages.generateTest)
export const runGpu = alone('run-gpu', stages.runGpu)
export const assemble = alone('assemble', stages.assemble)
export const assembleDataset = alone('assemble-dataset', stages.assembleDataset)
export const batchAnswers = alone('batch-answers', stages.batchAnswers)
export const report = alone('report', stages.report)

export const push = uncached('push', () => import('./nx/stages/push.ts'))
export const verify = uncached('verify', () => import('./nx/stages/verify.ts'))

export const analyzeBatch = batch('analyze', stages.analyze, 'cheap')
export const installWheelBatch = batch('install-wheel', stages.installWheel, 'installations')
export const generateTestBatch = batch('generate-test', stages.generateTest, 'modelCalls')
export const runGpuBatch = batch('run-gpu', stages.runGpu, 'measurements')
export const assembleBatch = batch('assemble', stages.assemble, 'cheap')

function alone(stage: string, load: LoadStage): PromiseExecutor {
  return async (options, nx) => {
    const { executor } = await import('./nx/executor.ts')
    return executor(stage, load)(options, nx)
  }
}

function uncached<Options>(name: string, load: () => Promise<{ work: ActionWork<Options> }>): PromiseExecutor<Options> {
  return async (options, nx) => {
    const { action } = await import('./nx/action.ts')
    return action(name, load)(options, nx)
  }
}

function batch(stage: string, load: LoadStage, kind: keyof typeof tasksAtOnce): ReturnType<typeof batchExecutor> {
  return async function* performAll(...given) {
    const [executors, atOnce] = await Promise.all([import('./nx/executor.ts'), import('./nx/at-once.ts')])
    yield* executors.batchExecutor(stage, load, atOnce.tasksAtOnce[kind])(...given)
  }
}
