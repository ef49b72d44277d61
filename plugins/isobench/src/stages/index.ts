/** Every stage as a plain function, usable without Nx: what it needs comes in, its artifact comes out. */
export { analyze } from './analyze.ts'
export { assembleDataset } from './assemble-dataset.ts'
export { assemble } from './assemble.ts'
export { generateTest } from './generate-test.ts'
export { installWheel } from './install-wheel.ts'
export { report } from './report.ts'
export { runGpu } from './run-gpu.ts'
export * from '../schema/index.ts'
