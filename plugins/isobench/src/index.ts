import { join } from 'node:path'
import type { PreTasksExecution } from '@nx/devkit'

/** What Nx loads at every command: it stays light, no adapter is imported from here. */
export const name = 'nx-isobench'
export { createNodes } from './nx/create-nodes.ts'

/**
 * Turns on Node's compile cache for the processes of tasks, where none is on: Nx has one for itself and none for them.
 * Each of them then finds Nx and ours compiled, and free of types. What is set here, Nx hands on to them.
 */
export const preTasksExecution: PreTasksExecution = (_options, { workspaceRoot }) => {
  process.env['NODE_COMPILE_CACHE'] ||= join(workspaceRoot, '.nx/compile-cache')
}
