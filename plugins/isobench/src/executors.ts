import { action } from './nx/action.ts'
import { tasksAtOnce } from './nx/at-once.ts'
import { batchExecutor, executor } from './nx/executor.ts'

/* Nx loads this file in each process that does tasks, one a task or one a batch. Each loads the stage that it does. */
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

export const analyze = executor('analyze', stages.analyze)
export const installWheel = executor('install-wheel', stages.installWheel)
export const generateTest = executor('generate-test', stages.generateTest)
export const runGpu = executor('run-gpu', stages.runGpu)
export const assemble = executor('assemble', stages.assemble)
export const assembleDataset = executor('assemble-dataset', stages.assembleDataset)
export const batchAnswers = executor('batch-answers', stages.batchAnswers)
export const report = executor('report', stages.report)

export const push = action('push', () => import('./nx/stages/push.ts'))
export const verify = action('verify', () => import('./nx/stages/verify.ts'))

export const analyzeBatch = batchExecutor('analyze', stages.analyze, tasksAtOnce.cheap)
export const installWheelBatch = batchExecutor('install-wheel', stages.installWheel, tasksAtOnce.installations)
export const generateTestBatch = batchExecutor('generate-test', stages.generateTest, tasksAtOnce.modelCalls)
export const runGpuBatch = batchExecutor('run-gpu', stages.runGpu, tasksAtOnce.measurements)
export const assembleBatch = batchExecutor('assemble', stages.assemble, tasksAtOnce.cheap)
