import { glob, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ModelServer, startModelServer } from '../support/model-server.ts'
import { type Workspace, createWorkspace } from '../support/workspace.ts'

const secret = 'sk-canary-0123456789abcdef'
const environment = { TEST_API_KEY: secret }
const answers = new Map<string, string>()
let workspace: Workspace
let model: ModelServer
let names: string[]

/** Two commits of the demo without their reviewed tests: a loopback model writes them. */
beforeAll(async () => {
  workspace = await createWorkspace({ copy: ['commits/demo'] })
  const demo = join(workspace.directory, 'commits/demo')
  names = await keepTwoImproved(demo)
  for (const name of names) {
    const file = join(demo, name, 'efficiency_test.py')
    answers.set(`quillstats.${moduleOf(await readFile(file, 'utf8'))}`, await readFile(file, 'utf8'))
    await rm(file)
  }
  model = await startModelServer((request) => {
    const prompt = request.body.messages.map(({ content }) => content).join('\n')
    const [, code] = [...answers].find(([module]) => prompt.includes(module.split('.')[1]!))!
    const extra = prompt.includes('ANOTHER WORKLOAD') ? '\nanother_workload = True\n' : ''
    return { content: `\`\`\`python\n${code}${extra}\`\`\`\n` }
  })
  const provider = `provider:\n  base_url: ${model.url}\n  api_key_variable: TEST_API_KEY\nmodel: loopback-1\n`
  await workspace.write('commits/demo/generation.yaml', `${provider}prompt: own\ntrial: { sandbox: none }\n`)
  // At first the least that is a measurement: it ends after the first pair.
  await workspace.write('commits/demo/measurement.yaml', 'profile: quick\nsandbox: none\nbudget_seconds: 0.1\n')
  await workspace.write('datasets/two/dataset.yaml', 'commits: [demo]\ntitle: Two\n')
  const prompts = join(import.meta.dirname, '../../plugins/isobench/prompts')
  for (const file of await readdir(prompts)) {
    await workspace.write(`commits/demo/prompts/own/${file}`, await readFile(join(prompts, file), 'utf8'))
  }
  await workspace.git('add', '--all')
  await workspace.git('commit', '--quiet', '--message', 'two commits')
}, 120_000)

afterAll(async () => {
  await model.close()
  await workspace.remove()
})

const all = (...targets: string[]): string[] =>
  names
    .flatMap((name) => targets.map((target) => `demo-${name}:${target}`))
    .concat('two:assemble')
    .toSorted()

async function assemble(...more: string[]) {
  const before = model.requests.length
  const result = await workspace.nx(['run-many', '-t', 'assemble', ...more], environment)
  if (result.exitCode !== 0) console.log(result.output)
  return { exitCode: result.exitCode, executed: result.executed, calls: model.requests.length - before }
}

describe('only what changed runs again', () => {
  it('first run: every stage, and one model call a commit', async () => {
    const everything = all('analyze', 'install-wheel', 'generate-test', 'run-gpu', 'assemble')
    // In batches, which is cheaper; the demo's first run is task by task.
    expect(await assemble('--batch')).toEqual({ exitCode: 0, executed: everything, calls: 2 })
  })

  it('what its processes compiled is kept for the next ones, out of sight of git', async () => {
    const again = ['run', `demo-${names[0]}:analyze`, '--skip-nx-cache']
    await workspace.nx(again, { NODE_COMPILE_CACHE: '' }) // where a cache is on, as of these tests, none is turned on
    expect(await readdir(join(workspace.directory, '.nx/compile-cache'))).not.toEqual([])
    expect(await workspace.git('status', '--short')).not.toContain('.nx')
  })

  it('second run: nothing', async () => {
    expect(await assemble()).toEqual({ exitCode: 0, executed: [], calls: 0 })
  })

  it('measurement.yaml edited: run-gpu and below', async () => {
    await workspace.write('commits/demo/measurement.yaml', 'profile: quick\nsandbox: none\n')
    expect(await assemble()).toEqual({ exitCode: 0, executed: all('run-gpu', 'assemble'), calls: 0 })
  })

  it('prompt edited so that the same test comes back: no measurement, but records that name the new prompt', async () => {
    const file = 'commits/demo/prompts/own/user.md'
    await workspace.write(file, `${await workspace.read(file)}\nBe brief.\n`)
    expect(await assemble()).toEqual({ exitCode: 0, executed: all('generate-test', 'assemble'), calls: 2 })
  })

  it('prompt edited so that another test comes back: generate-test and below', async () => {
    const file = 'commits/demo/prompts/own/user.md'
    await workspace.write(file, `${await workspace.read(file)}\nANOTHER WORKLOAD\n`)
    expect(await assemble()).toEqual({ exitCode: 0, executed: all('generate-test', 'run-gpu', 'assemble'), calls: 2 })
  })

  it('a comment in generation.yaml: generate-test asks the store and not the model', async () => {
    const file = 'commits/demo/generation.yaml'
    await workspace.write(file, `# a comment\n${await workspace.read(file)}`)
    expect(await assemble()).toEqual({
      exitCode: 0,
      executed: names.map((name) => `demo-${name}:generate-test`),
      calls: 0,
    })
  })

  it('dataset card edited: the dataset only', async () => {
    await workspace.write('datasets/two/dataset.yaml', 'commits: [demo]\ntitle: Two commits\n')
    expect(await assemble()).toEqual({ exitCode: 0, executed: ['two:assemble'], calls: 0 })
  })

  it('README edited: nothing', async () => {
    await workspace.write('README.md', 'hello\n')
    expect(await assemble()).toEqual({ exitCode: 0, executed: [], calls: 0 })
  })

  it('a comment in commit.yaml: its own inputs run, the model and the device do not', async () => {
    const [name] = names as [string]
    const file = `commits/demo/${name}/commit.yaml`
    await workspace.write(file, `${await workspace.read(file)}# a comment\n`)
    const executed = ['analyze', 'assemble', 'install-wheel'].map((target) => `demo-${name}:${target}`)
    expect(await assemble()).toEqual({ exitCode: 0, executed, calls: 0 })
  })

  it('nx affected after a change to one commit: that commit and its dataset', async () => {
    const [name, other] = names as [string, string]
    await workspace.git('add', '--all')
    await workspace.git('commit', '--quiet', '--message', 'before')
    const file = `commits/demo/${name}/commit.yaml`
    await workspace.write(file, `${await workspace.read(file)}notes: changed\n`)
    await workspace.git('commit', '--quiet', '--all', '--message', 'one commit')
    const args = ['affected', '-t', 'assemble', '--base', 'HEAD~1']
    const alone = await workspace.nx([...args, '--exclude', 'tag:dataset'], environment)
    expect([...alone.executed, ...alone.cached].filter((task) => task.includes(other))).toEqual([])
    expect(alone.executed).toContain(`demo-${name}:assemble`)
    const both = await workspace.nx(args, environment)
    expect(both).toMatchObject({ exitCode: 0, executed: ['two:assemble'] })
  })

  it('compare-prompts: another model over the same commits, nothing measured again', async () => {
    const settings = await workspace.read('commits/demo/generation.yaml')
    await workspace.write('commits/demo/generation.other.yaml', settings.replace('loopback-1', 'loopback-2'))
    const before = model.requests.length
    const args = ['g', 'nx-isobench:compare-prompts', 'demo', '--against', 'commits/demo/generation.other.yaml']
    const { exitCode, output } = await workspace.nx(args, environment)
    if (exitCode !== 0) console.log(output)
    expect([exitCode, model.requests.length - before]).toEqual([0, 2])
    expect(model.requests.at(-1)!.body.model).toBe('loopback-2')
    for (const row of ['| commits | 2 | 2 |', '| valid | 100 % | 100 % |', '| measured | 2 | 2 |']) {
      expect(output).toContain(row)
    }
  })

  it('an environment that was changed after it was installed: nothing is measured in it', async () => {
    const [name, other] = names as [string, string]
    const { head } = await workspace.readJson(`commits/demo/${name}/out/environment.json`)
    const folder = join(workspace.directory, '.isobench/envs', head.environment_key)
    const [module] = await Array.fromAsync(glob('lib/*/site-packages/quillstats/__init__.py', { cwd: folder }))
    await rm(join(folder, module!))
    await writeFile(join(folder, module!), 'raise SystemExit\n')
    const before = await workspace.read('commits/demo/measurement.yaml')
    await workspace.write('commits/demo/measurement.yaml', `${before}session: 2\n`)
    const result = await workspace.nx(['run-many', '-t', 'run-gpu', '-p', `demo-${name},demo-${other}`], environment)
    expect(result).toMatchObject({ exitCode: 1, failed: [`demo-${name}:run-gpu`] })
    expect(result.output).toContain('error: the environment is not what was installed: wanted the files of the wheel')
    expect(result.output).toContain('different: quillstats/__init__.py')
    await rm(`${folder}.ready.json`)
    expect((await workspace.nx(['run', `demo-${name}:run-gpu`], environment)).exitCode).toBe(0)
    const measured = await workspace.readJson(`commits/demo/${name}/out/measurement.json`)
    expect(measured).toMatchObject({ session: 2, outcome: { status: 'ok' } })
  })

  it('keeps the key out of artifacts, store, cache and logs', async () => {
    expect(model.requests[0]!.headers.authorization).toBe(`Bearer ${secret}`)
    expect(await filesWith(workspace.directory, secret)).toEqual([])
  })
})

function moduleOf(test: string): string {
  return /^(?:from|import) quillstats\.(\w+)|^from quillstats import (\w+)/m.exec(test)!.slice(1).find(Boolean)!
}

/** Leaves two commits that are expected to improve, in different modules, and removes the others. */
async function keepTwoImproved(demo: string): Promise<string[]> {
  const folders = (await readdir(demo, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
  const chosen = new Map<string, string>()
  for (const name of folders.toSorted()) {
    const settings = await readFile(join(demo, name, 'commit.yaml'), 'utf8')
    const test = await readFile(join(demo, name, 'efficiency_test.py'), 'utf8').catch(() => '')
    if (/^expect: improved/m.test(settings) && test !== '' && chosen.size < 2) chosen.set(moduleOf(test), name)
  }
  const kept = new Set(chosen.values())
  await Promise.all(folders.filter((name) => !kept.has(name)).map((name) => rm(join(demo, name), { recursive: true })))
  return [...kept].toSorted()
}

async function filesWith(directory: string, text: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const found = await Promise.all(
    files.map(async (file) => ((await readFile(file, 'latin1')).includes(text) ? [file] : [])),
  )
  return found.flat()
}
