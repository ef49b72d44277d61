import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type NxResult, type Workspace, createWorkspace } from '../support/workspace.ts'

/** The commit of the demo that is five times slower. */
const commit = '0f4129d9'
const folder = 'datasets/demo'

let workspace: Workspace
let server: Server
let messages: any[]
let status: number

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  messages.push(JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString()))
  response.writeHead(status).end()
}

beforeAll(async () => {
  messages = []
  status = 204
  server = createServer((request, response) => void serve(request, response))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  workspace = await createWorkspace({ copy: ['commits/demo'] })
  await workspace.write(`${folder}/dataset.yaml`, `commits: [demo/${commit}]\ntitle: Watched\n`)
})
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve))
  await workspace.remove()
})

const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/s3cr3t-path`
const watch = (more: readonly string[] = [], environment: Record<string, string> = {}): Promise<NxResult> =>
  workspace.nx(['g', 'nx-isobench:watch', '--dataset', 'demo', ...more], environment)

it('a dry run says what is new, and runs nothing', async () => {
  const { exitCode, output } = await watch(['--dry-run'])
  expect(output).toContain('demo: 1 commits, 1 of them without a record')
  expect(exitCode).toBe(0)
  await expect(workspace.read(`commits/demo/${commit}/out/record.json`)).rejects.toMatchObject({ code: 'ENOENT' })
})

it('runs what is new and tells of a regression: exit code 2, Markdown, Atom', async () => {
  const { exitCode, output, executed } = await watch()
  expect(output).toContain(`regressed: demo-${commit}`)
  expect(output).toContain('demo: 1 regression, 0 acknowledged')
  expect(executed).toContain(`demo-${commit}:assemble`)
  expect(exitCode).toBe(2)
  const summary = await workspace.read(`${folder}/out/watch/summary.md`)
  expect(summary).toContain('# Watched: 1 regression')
  expect(summary).toContain('### Faster or slower')
  const feed = await workspace.read(`${folder}/out/watch/regressions.atom`)
  expect(feed.match(/<entry>/g)).toHaveLength(1)
  expect(feed).toContain(`<title>demo-${commit}: `)
})

it('runs nothing again, tells the same, and tells a webhook of each regression once', async () => {
  const feed = await workspace.read(`${folder}/out/watch/regressions.atom`)
  status = 404
  const refused = await watch([], { ISOBENCH_WEBHOOK_URL: address() })
  expect(refused.exitCode).toBe(1)
  expect(refused.output).toContain('the webhook of ISOBENCH_WEBHOOK_URL took nothing: HTTP 404')
  expect(refused.output).not.toContain('s3cr3t-path')
  status = 204
  const told = await watch([], { ISOBENCH_WEBHOOK_URL: address() })
  expect(told).toMatchObject({ exitCode: 2, executed: [] })
  expect(told.output).toContain('told the webhook: 1 regression')
  expect(await watch([], { ISOBENCH_WEBHOOK_URL: address() })).toMatchObject({ exitCode: 2, executed: [] })
  expect(messages).toHaveLength(2)
  expect(messages[1]).toEqual(messages[0])
  expect(messages[1]).toMatchObject({ dataset: 'demo', regressions: [{ instance_id: `demo-${commit}` }] })
  expect(await workspace.readJson(`${folder}/told.json`)).toEqual({
    schema_version: 1,
    regressions: [messages[1].regressions[0].id],
  })
  expect(await workspace.read(`${folder}/out/watch/regressions.atom`)).toBe(feed)
  expect(await workspace.filesWith('s3cr3t-path')).toEqual([])
})

it('an acknowledged regression stays quiet, and a name that is no commit is warned about', async () => {
  const known = `regressions:\n  - commit: demo/${commit}\n    reason: Correct output matters more\n    date: 2026-11-28\n`
  await workspace.write(`${folder}/acknowledged.yaml`, `${known}  - { commit: demo/00000000, reason: typo }\n`)
  const { exitCode, output } = await watch()
  expect(exitCode).toBe(0)
  expect(output).toContain('demo: no regression, 1 acknowledged')
  expect(output).toContain(`warning: ${folder}/acknowledged.yaml:5:15: no such commit in the dataset: demo/00000000`)
  expect(await workspace.read(`${folder}/out/watch/summary.md`)).toContain(
    '| Correct output matters more |  | 2026-11-28 |',
  )
  expect(await workspace.read(`${folder}/out/watch/regressions.atom`)).not.toContain('<entry>')
})

it('bad input is an error with its place, and no such dataset is one', async () => {
  await workspace.write(`${folder}/acknowledged.yaml`, 'regressions:\n  - commit: demo/12345678\n')
  const bad = await watch()
  expect(bad.exitCode).toBe(1)
  expect(bad.output).toContain(`${folder}/acknowledged.yaml:2:5: `)
  const missing = await workspace.nx(['g', 'nx-isobench:watch', '--dataset', 'none'])
  expect(missing.exitCode).toBe(1)
  expect(missing.output).toContain('no such dataset: datasets/none/dataset.yaml')
})
