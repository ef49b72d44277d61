import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { type IncomingMessage, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { cleanEnvironment, run } from '../../plugins/isobench/src/adapters/process.ts'
import { readBody } from '../support/model-server.ts'
import { type Workspace, createWorkspace } from '../support/workspace.ts'

// A machine that is shared by many takes minutes for what takes seconds alone.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 })

/** Both are lost before anything is built: nothing is measured here. */
const changed = '9d2f6d54'
const unchanged = 'b88bdb49'
let workspace: Workspace

beforeAll(async () => {
  workspace = await createWorkspace({ copy: ['commits/demo'] })
  for (const name of await readdir(join(workspace.directory, 'commits/demo'))) {
    const isOther = /^[0-9a-f]{8}$/.test(name) && name !== changed && name !== unchanged
    if (isOther) await rm(join(workspace.directory, 'commits/demo', name), { recursive: true })
  }
  await workspace.write('datasets/both/dataset.yaml', 'commits: [demo]\ntitle: Both\n')
  await workspace.write('datasets/one/dataset.yaml', `commits: [demo/${unchanged}]\ntitle: One\n`)
  await workspace.git('add', '--all')
  await workspace.git('commit', '--quiet', '--message', 'two commits, two datasets')
  await workspace.git('switch', '--quiet', '--create', 'pull-request')
  const file = `commits/demo/${changed}/commit.yaml`
  await workspace.write(file, `${await workspace.read(file)}# seen\n`)
  await workspace.write('README.md', 'hello\n')
  await workspace.git('add', '--all')
  await workspace.git('commit', '--quiet', '--message', 'one commit')
})

afterAll(() => workspace.remove())

/** Runs a script of `tools/ci` in the workspace, as the workflow does. */
async function script(name: string, args: readonly string[], environment: Record<string, string> = {}) {
  const file = join(import.meta.dirname, `../../tools/ci/${name}.ts`)
  return run(process.execPath, [file, ...args], {
    cwd: workspace.directory,
    environment: cleanEnvironment({ NX_DAEMON: 'false', NX_ISOLATE_PLUGINS: 'false', NO_COLOR: '1', ...environment }),
  })
}

it('finds what a pull request changes: its commit and the dataset that holds it, in one shard', async () => {
  const output = join(workspace.directory, '.nx/output')
  const { stdout, exitCode } = await script('affected', ['--base', 'main', '--shards', '8'], { GITHUB_OUTPUT: output })
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toEqual({ commits: [`demo-${changed}`], datasets: ['both'], shards: ['1/1'] })
  expect(await readFile(output, 'utf8')).toBe(`commits=["demo-${changed}"]\ndatasets=["both"]\nshards=["1/1"]\n`)
  const nothing = await script('affected', ['--base', 'HEAD', '--shards', '8'])
  expect(JSON.parse(nothing.stdout)).toEqual({ commits: [], datasets: [], shards: [] })
  expect((await script('affected', ['--base', 'no-such-branch'])).exitCode).not.toBe(0)
})

it('builds the shard, then the other members, the dataset and its report, and shows the summary', async () => {
  const shard = await script('shard', ['1/1', `["demo-${changed}"]`])
  expect(shard).toMatchObject({ exitCode: 0 })
  const commits = join(workspace.directory, 'commits/demo')
  expect(await readdir(join(commits, changed))).toContain('out')
  expect(await readdir(join(commits, unchanged))).not.toContain('out')

  const dataset = await script('dataset', ['["both"]', `["demo-${changed}"]`])
  expect(dataset, dataset.stdout + dataset.stderr).toMatchObject({ exitCode: 0 })
  expect((await workspace.readJson('datasets/both/out/manifest.json')).members).toHaveLength(2)
  expect(await readdir(join(workspace.directory, 'datasets/one'))).toEqual(['dataset.yaml'])

  const page = join(workspace.directory, '.nx/summary.md')
  const summary = await script('summary', ['["both"]'], { GITHUB_STEP_SUMMARY: page })
  expect(summary).toMatchObject({ exitCode: 0, stdout: await workspace.read('datasets/both/out/report/summary.md') })
  expect(await readFile(page, 'utf8')).toBe(summary.stdout)
  expect(summary.stdout).toMatch(/^## Both\n\n2 commits: 2 unmeasured/)
  expect((await script('summary', ['["one"]'])).stderr).toContain('no report: datasets/one')
})

it('says that nothing is affected', async () => {
  expect(await script('dataset', ['[]', '[]'])).toMatchObject({ exitCode: 0, stdout: 'no dataset is affected\n' })
  expect(await script('summary', ['[]'])).toMatchObject({ exitCode: 0, stdout: 'No dataset is affected.\n' })
})

it('fails with a stage that fails', async () => {
  const file = `commits/demo/${changed}/commit.yaml`
  const before = await workspace.read(file)
  await workspace.write(file, 'head: nonsense\n')
  expect((await script('shard', ['1/1', `["demo-${changed}"]`])).exitCode).toBe(1)
  await workspace.write(file, before)
})

/** The part of GitHub's interface that opens a pull request: the second one of a branch is refused. */
async function startHost(): Promise<{ url: string; asked: { path: string; token?: string; body: any }[] }> {
  const asked: { path: string; token?: string; body: any }[] = []
  const keep = async (request: IncomingMessage): Promise<void> => {
    const token = request.headers.authorization
    asked.push({ path: request.url!, body: JSON.parse(await readBody(request)), ...(token && { token }) })
  }
  const server = createServer((request, response) => {
    void keep(request).then(() => {
      response.writeHead(asked.length === 1 ? 201 : 422)
      response.end('{"message":"A pull request already exists"}')
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

it('proposes mined commits on a branch of their own, once', async () => {
  const found = 'commits/demo/abcdef12/commit.yaml'
  await workspace.git('switch', '--quiet', 'main')
  await workspace.write('commits/demo/mining.yaml', 'since: all\n')
  const write = `mkdirSync('commits/demo/abcdef12', { recursive: true }); writeFileSync('${found}', 'head: abcdef12\\n')`
  await workspace.write(
    'mine.mjs',
    `import { mkdirSync, writeFileSync } from 'node:fs'\n${write}\nconsole.log(...process.argv.slice(2))\n`,
  )
  await workspace.git('add', '--all')
  await workspace.git('commit', '--quiet', '--message', 'mining')
  const origin = await mkdtemp(join(tmpdir(), 'isobench-origin-'))
  onTestFinished(() => rm(origin, { recursive: true }))
  await workspace.git('init', '--quiet', '--bare', origin)
  await workspace.git('remote', 'add', 'origin', origin)
  const host = await startHost()
  const environment = { GITHUB_TOKEN: 'token', GITHUB_REPOSITORY: 'some/where', GITHUB_API_URL: host.url }
  const mine = ['--mine', 'node mine.mjs', '--limit', '5']

  const first = await script('propose', mine, environment)
  expect(first, first.stderr).toMatchObject({ exitCode: 0 })
  expect(first.stdout).toContain('--repository demo --limit 5')
  const branch = (await workspace.git('branch', '--show-current')).trim()
  expect(await workspace.git('ls-remote', '--heads', 'origin')).toContain(`refs/heads/${branch}`)
  expect((await workspace.git('diff', '--name-only', 'main', branch)).trim()).toBe(found)
  const body = { title: 'Proposed commits: 1', head: branch, base: 'main', body: `- ${found}` }
  expect(host.asked).toEqual([{ path: '/repos/some/where/pulls', token: 'Bearer token', body }])

  await workspace.git('switch', '--quiet', 'main')
  expect((await script('propose', mine, environment)).stdout).toContain('the pull request of today is there already')
  await workspace.git('merge', '--quiet', branch)
  expect((await script('propose', mine, environment)).stdout).toContain('no new commit in 1 repositories')
  expect(host.asked).toHaveLength(2)
})
