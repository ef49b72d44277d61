import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startBatchServer } from '../support/batch-server.ts'
import { type ModelServer, type Reply, startModelServer } from '../support/model-server.ts'
import { moduleOf, writeCommits } from '../support/model-workspace.ts'
import { type Workspace, createWorkspace } from '../support/workspace.ts'

const canary = 'sk-canary-0123456789abcdef'
const keys = { OPENAI_API_KEY: canary, ANTHROPIC_API_KEY: canary, HF_TOKEN: canary, TEST_API_KEY: canary }
/**
 * A commit costs half a minute of processor time: builds, types, trials and measurements, several times over. With four
 * an edited prompt changes some tests and not all, and a run may make some calls and not all. More show the same:
 * `ISOBENCH_TEST_COMMITS=20`.
 */
const count = Number(process.env['ISOBENCH_TEST_COMMITS'] ?? 4)
/** Commits whose tests do not depend on the edited prompt. */
const unmoved = [2, 3, 4]
/** Calls that a run may make at first */
const affordable = count - 2

vi.setConfig({ testTimeout: 1_200_000 })

let workspace: Workspace
let model: ModelServer
let names: string[]
/** What the model says in place of a test. */
let instead: Reply | undefined
const outputs: string[] = []

/** A repository whose commits make one module each faster, and a loopback model that writes their tests. */
beforeAll(async () => {
  workspace = await createWorkspace()
  names = await writeCommits(workspace, count)
  model = await startModelServer((request) => instead ?? testFor(request.body.messages))
  await workspace.write('commits/sample/providers/loopback.yaml', profile(model.url))
  await workspace.write('commits/sample/generation.yaml', settings())
  // The least that is a measurement: it ends after the first pair.
  await workspace.write('commits/sample/measurement.yaml', 'profile: quick\nsandbox: none\nbudget_seconds: 0.1\n')
  await workspace.write('datasets/all/dataset.yaml', 'commits: [sample]\n')
  const prompts = join(import.meta.dirname, '../../plugins/isobench/prompts')
  for (const file of (await readdir(prompts)).filter((name) => name.endsWith('.md'))) {
    await workspace.write(`commits/sample/prompts/own/${file}`, await readFile(join(prompts, file), 'utf8'))
  }
  await workspace.git('add', '--all')
  await workspace.git('commit', '--quiet', '--message', 'commits')
}, 300_000)

afterAll(async () => {
  await model.close()
  await workspace.remove()
})

const profile = (url: string): string =>
  `base_url: ${url}\napi_key_variable: TEST_API_KEY\nbatch: { price_factor: 0.5 }\n` +
  'usd_per_million_tokens: { loopback-1: { input: 2, output: 10 } }\n'

const settings = (more = ''): string =>
  `provider: loopback\nmodel: loopback-1\nprompt: own\ntrial: { sandbox: none }\n${more}`

/** The test that the model writes: another one when the prompt asks for more, but not for every commit. */
function testFor(messages: readonly { content: string }[]): { content: string } {
  const prompt = messages.map(({ content }) => content).join('\n')
  const index = moduleOf(messages)
  const size = prompt.includes('MORE WORK') && !unmoved.includes(index) ? 3000 : 2000
  const code = `from sample import module${index}\n\n\ndef setup():\n    return ${size}\n\n\ndef experiment(state):\n    return module${index}.work(state)\n`
  return { content: `\`\`\`python\n${code}\`\`\`\n` }
}

async function nx(args: readonly string[], environment: Record<string, string> = keys, at = workspace) {
  const before = model.requests.length
  const result = await at.nx(args, environment)
  outputs.push(result.output)
  const ran = (target: string) => result.executed.filter((task) => task.endsWith(`:${target}`)).length
  const { exitCode, failed, output } = result
  return { exitCode, failed: failed.length, output, calls: model.requests.length - before, ran }
}

/** In batches: a process for each of hundreds of tasks would take minutes. */
const every = (target: string, ...more: string[]) => ['run-many', '-t', target, '--batch', ...more]

async function editPrompt(text: string): Promise<void> {
  const file = 'commits/sample/prompts/own/user.md'
  await workspace.write(file, `${await workspace.read(file)}\n${text}\n`)
}

/** The bytes of all generated tests and of what is said about them. */
async function generated(at: Workspace): Promise<string[]> {
  const files = names.flatMap((name) => ['generation.json', 'efficiency_test.py'].map((file) => `${name}/out/${file}`))
  return Promise.all(files.map((file) => at.read(`commits/sample/${file}`)))
}

describe('some commits', () => {
  it('first run: a call and a measurement each', async () => {
    const run = await nx(every('assemble'))
    if (run.exitCode !== 0) console.log(run.output)
    expect([run.exitCode, run.calls, run.ran('run-gpu')]).toEqual([0, count, count])
  })

  it('prompt edited, three answers stay equal: a call each, and a measurement of those that changed', async () => {
    await editPrompt('MORE WORK')
    const run = await nx(every('assemble'))
    expect([run.exitCode, run.calls, run.ran('run-gpu')]).toEqual([0, count, count - unmoved.length])
    expect(run.ran('generate-test')).toBe(count)
  })

  it('the dataset says what its models cost', async () => {
    const ledger = await workspace.readJson('datasets/all/out/ledger.json')
    const cost = (1000 * 2 + 300 * 10) / 1e6
    expect(ledger.total).toMatchObject({ commits: count, calls: count, input_tokens: count * 1000 })
    expect(ledger.total.cost_usd).toBeCloseTo(count * cost, 10)
    expect(ledger.models).toHaveLength(1)
    expect(await workspace.read('datasets/all/out/README.md')).toContain('loopback-1')
  })
})

describe('the stored answers', () => {
  it('are committed, and a cold clone rebuilds every test from them, byte for byte, without key or endpoint', async () => {
    await workspace.git('add', '--all')
    await workspace.git('commit', '--quiet', '--message', 'answers')
    const clone = await workspace.clone()
    const run = await nx(every('generate-test'), { ISOBENCH_ANSWERS: 'replay' }, clone)
    if (run.exitCode !== 0) console.log(run.output)
    expect([run.exitCode, run.calls, run.ran('generate-test')]).toEqual([0, 0, count])
    expect(await generated(clone)).toEqual(await generated(workspace))
    await clone.remove()
  })

  it('`replay` says which answer is missing, and asks nobody', async () => {
    await editPrompt('Be brief.')
    const run = await nx(['run', `sample-${names[0]}:generate-test`], { ...keys, ISOBENCH_ANSWERS: 'replay' })
    expect([run.exitCode, run.calls]).toEqual([1, 0])
    expect(run.output).toMatch(/error: no stored answer to this request: [0-9a-f]{64}/)
  })
})

describe('a run that may make fewer calls than there are commits', () => {
  it('makes those, and the next run goes on where it stopped', async () => {
    await workspace.write('budget.yaml', `calls: ${affordable}\n`)
    const run = await nx(every('generate-test', '--nxBail=false'))
    expect([run.calls, run.ran('generate-test'), run.failed]).toEqual([affordable, affordable, 2])
    expect(run.output).toContain(
      `error: no further model call in this run: ${affordable} of ${affordable} calls are made`,
    )
    await workspace.write('budget.yaml', 'calls: 2\n')
    const next = await nx(every('generate-test'))
    expect([next.exitCode, next.calls, next.ran('generate-test')]).toEqual([0, 2, 2])
  })
})

describe('a batch job', () => {
  it('answers all commits at once, at its price, and no call is left to make', async () => {
    const server = await startBatchServer({ row: ({ messages }) => testFor(messages) })
    await workspace.write('commits/sample/providers/loopback.yaml', profile(server.url))
    // Calls at half of about 0.25 dollars each, were all the room they get used.
    await workspace.write('budget.yaml', `usd: ${count / 5}\n`)
    const job = await nx(['run', 'all:batch-answers'])
    if (job.exitCode !== 0) console.log(job.output)
    expect([job.exitCode, server.jobs.map((requests) => requests.length)]).toEqual([0, [count]])
    const run = await nx(every('generate-test'), { TEST_API_KEY: canary })
    expect([run.exitCode, run.calls, run.ran('generate-test'), server.jobs.length]).toEqual([0, 0, count, 1])
    const { attempts } = await workspace.readJson(`commits/sample/${names[0]}/out/generation.json`)
    expect(attempts).toMatchObject([{ service_tier: 'batch', cost_usd: 0.5 * ((1000 * 2 + 300 * 10) / 1e6) }])
    await server.close()
    await workspace.write('commits/sample/providers/loopback.yaml', profile(model.url))
  })
})

const firstProject = () => ['run', `sample-${names[0]}:generate-test`]

describe('keys', () => {
  it('do not get into the log by an error that quotes them', async () => {
    instead = { status: 401, body: { error: { message: `Incorrect API key: ${canary}`, code: 'invalid_api_key' } } }
    const run = await nx([...firstProject(), '--skip-nx-cache'], {
      ...keys,
      ISOBENCH_ANSWERS: 'record',
      NX_VERBOSE_LOGGING: 'true',
    })
    expect(run.exitCode).toBe(1)
    expect(run.output).toContain('does not accept the key (401)')
  })

  it('do not get into answers, tests or records by an answer that quotes them', async () => {
    instead = { content: `\`\`\`python\n# ${canary}\n${testFor([{ content: 'sample/module1.py' }]).content.slice(10)}` }
    await editPrompt('Quote.')
    const run = await nx(firstProject())
    expect([run.exitCode, run.calls]).toEqual([0, 1])
    expect(await workspace.read(`commits/sample/${names[0]}/out/efficiency_test.py`)).toContain('# [key]')
  })

  it('are nowhere: not in artifacts, answers, caches, store, nor in anything that was printed', async () => {
    expect(model.requests.at(-1)!.headers.authorization).toBe(`Bearer ${canary}`)
    expect(await workspace.filesWith(canary)).toEqual([])
    expect(outputs.filter((output) => output.includes(canary))).toEqual([])
  })
})
