import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ModelWorkspace, createModelWorkspace, moduleOf } from '../support/model-workspace.ts'

vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 })

const count = 3
const batched = ['run-many', '-t', 'assemble', '--batch']
const untilIt = { timeout: 300_000, interval: 20 }
let made: ModelWorkspace
/** Commits whose requests get no answer as long as they are in here */
const unanswered = new Set([3])
/** Files below `out/` of the run that was killed twice and then ended, and what they hold */
let outputs: Record<string, string>

beforeAll(async () => {
  made = await createModelWorkspace(count, (index, test) => (unanswered.has(index) ? { fault: 'stall' } : test))
})

afterAll(() => made.remove())

const at = (...path: string[]): string => join(made.workspace.directory, ...path)

/** Texts of the files of a kind, by their paths. */
async function texts(folder: string, wanted: RegExp): Promise<Record<string, string>> {
  const paths = await readdir(folder, { recursive: true }).catch(() => [] as string[])
  const found = paths.filter((path) => wanted.test(path)).toSorted()
  return Object.fromEntries(
    await Promise.all(found.map(async (path) => [path, await readFile(join(folder, path), 'latin1')])),
  )
}

/** What all stages left, but the files of times and messages. */
async function allOutputs(): Promise<Record<string, string>> {
  const wanted = /(^|\/)out\/.*(?<!\.log\.jsonl)(?<!^|\/data|\/samples|\/attempts)$/
  const isFile = /\.[a-z]+$/
  const found = { ...(await texts(at('commits'), isFile)), ...(await texts(at('datasets'), isFile)) }
  return Object.fromEntries(Object.entries(found).filter(([path]) => wanted.test(path)))
}

async function forgetOutputs(): Promise<void> {
  await made.workspace.nx(['reset'])
  await rm(at('.nx'), { recursive: true, force: true })
  for (const name of made.names) await rm(at('commits/sample', name, 'out'), { recursive: true, force: true })
  await rm(at('datasets/all/out'), { recursive: true, force: true })
}

const answers = () => texts(at('commits/sample/answers'), /^[0-9a-f]{64}\.json$/)
const runs = () => texts(at('.isobench/bundles'), /out\/runs\.jsonl$/)
const asked = () => made.model.requests.map(({ body }) => moduleOf(body.messages)).toSorted((one, other) => one - other)

describe('kill -9 of a batch', () => {
  it('while models answer: what they answered is not asked again', async () => {
    const nx = made.workspace.startNx(batched)
    await expect.poll(async () => Object.keys(await answers()).length, untilIt).toBe(2)
    await expect.poll(asked, untilIt).toEqual([1, 2, 3])
    await nx.kill()
    unanswered.clear()
  })

  it('while it measures: what was measured is not measured again', async () => {
    const nx = made.workspace.startNx(batched)
    await expect.poll(async () => Object.keys(await runs()).length, untilIt).toBeGreaterThanOrEqual(2)
    await nx.kill()
    const before = await runs()
    const last = await made.workspace.nx(batched)
    if (last.exitCode !== 0) console.log(last.output)
    expect(last.exitCode).toBe(0)
    const after = await runs()
    for (const [path, text] of Object.entries(before)) {
      const whole = text.slice(0, text.lastIndexOf('\n') + 1) // the last line may be half written
      expect(after[path]!.startsWith(whole)).toBe(true)
      if (isOver(whole)) expect(after[path]).toBe(whole)
    }
    expect(Object.values(before).some(isOver)).toBe(true)
    expect(asked()).toEqual([1, 2, 3, 3]) // 3 had got no answer
    outputs = await allOutputs()
    expect(Object.keys(outputs).filter((path) => path.endsWith('record.json'))).toHaveLength(count)
  })
})

describe('the same bytes', () => {
  it('task by task, with nothing but the store', async () => {
    await forgetOutputs()
    const result = await made.workspace.nx(['run-many', '-t', 'assemble'])
    expect(result).toMatchObject({ exitCode: 0, failed: [] })
    expect(result.executed).toHaveLength(5 * count + 1)
    expect(await allOutputs()).toEqual(outputs)
  })

  it('in two Nx runs at once in one workspace', async () => {
    await forgetOutputs()
    const both = [made.workspace.startNx(batched), made.workspace.startNx([...batched, '--skip-nx-cache'])]
    for (const { exitCode, output } of await Promise.all(both.map(({ ended }) => ended))) {
      if (exitCode !== 0) console.log(output)
      expect(exitCode).toBe(0)
    }
    expect(await allOutputs()).toEqual(outputs)
  })

  it('by a clock that jumps', async () => {
    await made.workspace.write('node_modules/jumping-clock.mjs', jumpingClock)
    const environment = { NODE_OPTIONS: `--import=${at('node_modules/jumping-clock.mjs')}` }
    const result = await made.workspace.nx([...batched, '--skip-nx-cache'], environment)
    expect(result).toMatchObject({ exitCode: 0, failed: [] })
    expect(result.executed).toHaveLength(5 * count + 1)
    const log = await made.workspace.read(`commits/sample/${made.names[0]}/out/install-wheel.log.jsonl`)
    expect(log).toMatch(/"time":"(1999|2033)-/)
    expect(await allOutputs()).toEqual(outputs)
  })

  it('nobody was asked and nothing was measured for them', async () => {
    expect(asked()).toHaveLength(count + 1)
    expect(Object.keys(await runs()).length).toBeGreaterThanOrEqual(count)
  })
})

describe('one commit in a batch', () => {
  it('that fails costs no other: only it runs again', async () => {
    const file = `commits/sample/${made.names[1]}/commit.yaml`
    const good = await made.workspace.read(file)
    for (const name of made.names) {
      const each = `commits/sample/${name}/commit.yaml`
      await made.workspace.write(each, `${await made.workspace.read(each)}# another text\n`)
    }
    await made.workspace.write(file, `head: "${made.names[1]}${'0'.repeat(32)}"\n`)
    const first = await made.workspace.nx(['run-many', '-t', 'analyze', '--batch'])
    expect(first).toMatchObject({ exitCode: 1, failed: [`sample-${made.names[1]}:analyze`] })
    expect(first.executed).toHaveLength(count - 1)
    await made.workspace.write(file, `${good}# another text\n`)
    const second = await made.workspace.nx(['run-many', '-t', 'analyze', '--batch'])
    expect(second).toMatchObject({ exitCode: 0, executed: [`sample-${made.names[1]}:analyze`] })
    expect(second.cached).toHaveLength(count - 1)
  })

  it('keeps the early cutoff: what gets the same bytes does not run', async () => {
    const result = await made.workspace.nx(batched)
    const stages = new Set(result.executed.map((task) => task.split(':')[1]))
    expect(result.exitCode).toBe(0)
    expect(stages).toEqual(new Set(['install-wheel', 'assemble']))
    expect(await allOutputs()).toEqual(outputs)
  })
})

/** Whether the runs are those of a measurement that was over: one pair after a burn-in a side. */
function isOver(text: string): boolean {
  return text.split('\n').filter((line) => line !== '').length >= 4
}

const jumpingClock = `
const now = Date.now
let calls = 0
const years = [-27, 7]
const jump = () => now() + years[calls++ % 2] * 365.25 * 86400e3
globalThis.Date = class extends Date {
  constructor(...given) {
    super(...(given.length === 0 ? [jump()] : given))
  }
  static now = jump
}
`
