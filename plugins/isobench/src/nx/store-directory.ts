import { join } from 'node:path'

/** Where the tool keeps what was paid for, outside of Nx's cache. */
export function storeDirectory(workspaceRoot: string): string {
  return process.env['ISOBENCH_STORE'] ?? join(workspaceRoot, '.isobench')
}
