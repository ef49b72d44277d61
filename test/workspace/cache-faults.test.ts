import { readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { entryWith, startFaultyCache, startRemoteCache, using } from '../support/remote-cache.ts'
import { type NxResult, type Workspace, createWorkspace } from '../support/workspace.ts'

// A machine that is shared by many takes minutes for what takes seconds alone.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 })

/** A commit that is no candidate: reading it needs nothing else. */
const commit = '9d2f6d54'
const analyze = ['run', `demo-${commit}:analyze`]
let workspace: Workspace

beforeAll(async () => {
  workspace = await createWorkspace({ copy: ['commits/demo'] })
  const folders = await readdir(join(workspace.directory, 'commits/demo'))
  const others = folders.filter((name) => /^[0-9a-f]{8}$/.test(name) && name !== commit)
  await Promise.all(others.map((name) => rm(join(workspace.directory, 'commits/demo', name), { recursive: true })))
  await workspace.git('commit', '--quiet', '--all', '--message', 'one commit')
})

afterAll(() => workspace.remove())

/** What a clone without a cache of its own does. */
async function inClone(environment: Record<string, string>): Promise<NxResult> {
  const clone = await workspace.clone()
  onTestFinished(() => clone.remove())
  return clone.nx(analyze, environment)
}

describe('a cache that does not work', () => {
  it.each([
    ['401', 401, 'Misconfigured remote cache endpoint'],
    ['500', 500, 'Misconfigured remote cache endpoint'],
    ['an answer that is cut', 200, 'Failed to read remote cache response body'],
  ] as const)('ends the run: %s', async (_, status, says) => {
    const faulty = await startFaultyCache((_request, response) => {
      response.writeHead(status, status === 200 ? { 'content-length': 1000 } : {})
      if (status !== 200) response.end()
      else response.write('part', () => response.destroy())
    })
    onTestFinished(() => faulty.stop())
    const result = await inClone(using(faulty, 'read'))
    expect(result).toMatchObject({ exitCode: 1, executed: [] })
    expect(result.output).toContain(says)
  })

  it('ends the run when it is down, and costs nothing when it is left out', async () => {
    const down = { url: 'http://127.0.0.1:9' }
    const refused = await inClone(using(down, 'read'))
    expect(refused).toMatchObject({ exitCode: 1, executed: [] })
    expect(refused.output).toContain('Failed to send request')
    const without = await inClone({ ...using(down, 'read'), NX_SKIP_REMOTE_CACHE: 'true' })
    expect(without).toMatchObject({ exitCode: 0, executed: [analyze[1]] })
  })

  it('is waited for when it is slow', async () => {
    const cache = await startRemoteCache()
    onTestFinished(() => cache.stop())
    expect(await workspace.nx(analyze, using(cache, 'write'))).toMatchObject({ exitCode: 0 })
    const entry = await readFile(await entryWith(cache.folder, `${commit}/out/analysis.json`))
    const slow = await startFaultyCache((_request, response) => void setTimeout(() => response.end(entry), 2000))
    onTestFinished(() => slow.stop())
    expect(await inClone(using(slow, 'read'))).toMatchObject({ exitCode: 0, executed: [], cached: [analyze[1]] })
  })
})
