import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HubServer, startHub } from '../support/hub-server.ts'
import { createWorkspace, type NxResult, type Workspace } from '../support/workspace.ts'

const settings = `commits: [demo/9d2f6d54, demo/ef4330d6]
hub_repository: tester/demo
`

describe('push and verify', () => {
  let workspace: Workspace
  let hub: HubServer

  beforeAll(async () => {
    hub = await startHub()
    workspace = await createWorkspace({ copy: ['commits/demo'] })
    await workspace.write('datasets/demo/dataset.yaml', settings)
  })
  afterAll(async () => {
    await hub.close()
    await workspace.remove()
  })

  const nx = (target: string, environment: Record<string, string> = {}): Promise<NxResult> =>
    workspace.nx(['run', ...target.split(' ')], { HF_ENDPOINT: hub.url, HF_TOKEN: 'hf_test', ...environment })

  it('sends nothing without `push: true`, and says what a dry run would do', async () => {
    const refused = await nx('demo:push')
    expect(refused.failed).toEqual(['demo:push'])
    expect(refused.output).toContain('nothing is sent without `push: true`')
    const planned = await nx('demo:push --dryRun')
    expect(planned.output).toContain('+ data/test-00000-of-00001.parquet')
    expect(planned.output).toMatch(/5 added, 0 changed, 0 unchanged, 0 deleted: [\d.]+ kB to send/)
    expect(hub.repositories.size).toBe(0)
  })

  it('needs a token', async () => {
    await workspace.write('datasets/demo/dataset.yaml', `${settings}push: true\n`)
    const { exitCode, output } = await nx('demo:push', { HF_TOKEN: '' })
    expect(exitCode).not.toBe(0)
    expect(output).toContain('no token of the Hub: HF_TOKEN')
    expect(hub.repositories.size).toBe(0)
  })

  it('stops when the build holds a secret of the environment', async () => {
    const { exitCode, output } = await nx('demo:push', { OTHER_SECRET: 'schema_version' })
    expect(exitCode).not.toBe(0)
    expect(output).toContain('funnel.json: line')
    expect(output).toContain('value of OTHER_SECRET')
    expect(hub.repositories.size).toBe(0)
  })

  it('pushes, and the Hub and the build are as the manifest says', async () => {
    const { output, executed } = await nx('demo:push --tag=v1')
    expect(executed).toContain('demo:push')
    expect(output).toContain('made private repository tester/demo')
    expect(output).toMatch(/tagged [0-9a-f]{12} as v1/)
    expect(hub.repositories.get('tester/demo')!.isPrivate).toBe(true)
    expect((await nx('demo:verify')).output).toContain('local build: 4 files, 2 rows: as the manifest says')
    expect((await nx('demo:verify --revision=v1')).output).toMatch(/tester\/demo@[0-9a-f]{12}: 4 files, 2 rows: as/)
  })

  it('is never taken from the cache, and sends nothing the second time', async () => {
    const before = hub.repositories.get('tester/demo')!.commits.size
    const { output, cached, executed } = await nx('demo:push')
    expect(executed).toEqual(['demo:push'])
    expect(cached).not.toContain('demo:push')
    expect(output).toContain('nothing to send: tester/demo is at this build')
    expect(hub.repositories.get('tester/demo')!.commits.size).toBe(before)
  })

  it('verify fails when a file is not as built', async () => {
    await workspace.write('datasets/demo/out/README.md', '# Edited\n')
    const { exitCode, output } = await nx('demo:verify')
    expect(exitCode).not.toBe(0)
    expect(output).toContain('README.md: SHA-256 is')
    expect(output).toContain('problems')
  })
})
