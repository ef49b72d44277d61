import { afterAll, beforeAll, expect, it } from 'vitest'
import { expectNoTrace } from '../support/bad-input.ts'
import { type Workspace, createWorkspace } from '../support/workspace.ts'

let workspace: Workspace

beforeAll(async () => {
  workspace = await createWorkspace()
})

afterAll(() => workspace.remove())

it('two folders that make one instance id: Nx refuses the graph and names both', async () => {
  const settings = `head: 0123${'0'.repeat(36)}\n`
  await workspace.write('commits/a-b/01230000/commit.yaml', settings)
  await workspace.write('commits/a/b-01230000/commit.yaml', settings)
  const result = await workspace.nx(['show', 'projects'])
  expect(result.exitCode).toBe(1)
  expect(result.output).toContain('The following projects are defined in multiple locations:\n- a-b-01230000:')
  expect(result.output).toContain('  - commits/a/b-01230000\n  - commits/a-b/01230000\n')
  expectNoTrace(result)
})
