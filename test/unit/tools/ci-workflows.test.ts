import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { shardCount, shardOf } from '../../../tools/ci/shards.ts'

const root = join(import.meta.dirname, '../../..')
const folder = join(root, '.github/workflows')
const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts as Record<string, string>
const workflows = readdirSync(folder).map((name) => {
  const text = readFileSync(join(folder, name), 'utf8')
  return { name, text, workflow: parse(text) as Workflow }
})

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, Job>>
}

interface Job {
  readonly 'timeout-minutes': number
  readonly permissions?: unknown
  readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly with?: Record<string, unknown> }[]
}

describe.each(workflows)('$name', ({ name, text, workflow }) => {
  const jobs = Object.values(workflow.jobs)
  const steps = jobs.flatMap((job) => job.steps)

  it('runs only scripts that are here, so that all logic can be run without GitHub', () => {
    const commands = steps.flatMap(({ run }) => run ?? [])
    expect(commands.length).toBeGreaterThan(0)
    for (const command of commands) {
      const [, script] = /^npm run --silent ([\w:]+)/.exec(command) ?? []
      const file = script === undefined ? command.split(' ')[0]! : scripts[script]!.replace(/^node /, '').split(' ')[0]!
      expect(command === 'npm ci' || existsSync(join(root, file)), command).toBe(true)
      expect(command, 'text of a stranger must come as a variable, never as code').not.toContain('${{')
    }
  })

  it('has no more rights than it needs, and an end', () => {
    const writes =
      name === 'propose-commits.yml' ? { contents: 'write', 'pull-requests': 'write' } : { contents: 'read' }
    expect(workflow.permissions).toEqual(writes)
    for (const job of jobs) {
      expect(job.permissions).toBeUndefined()
      expect(job['timeout-minutes']).toBeGreaterThan(0)
    }
  })

  it('uses actions of GitHub alone, each by the hash of a release', () => {
    const used = steps.flatMap(({ uses }) => uses ?? [])
    for (const action of used) expect(action).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/)
    expect(text.match(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/gm)).toHaveLength(used.length)
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))
    const pushes = name === 'propose-commits.yml'
    for (const checkout of checkouts) expect(checkout.with?.['persist-credentials'] ?? true).toBe(pushes)
  })

  it('gives no secret to what a stranger can start', () => {
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target')
    expect(Object.keys(workflow.on)).not.toContain('workflow_run')
    if (Object.keys(workflow.on).includes('pull_request')) expect(text).not.toContain('secrets.')
  })
})

it('only the workflow of the main branch can write to the cache', () => {
  const writers = workflows.filter(({ text }) => text.includes('CACHE_WRITE_TOKEN'))
  expect(writers.map(({ name, workflow }) => [name, workflow.on])).toEqual([
    ['main.yml', { push: { branches: ['main'] } }],
  ])
})

it.each([0, 1, 2, 7, 8, 9, 100])('shards have each of %i commits once, and are even', (count) => {
  const commits = Array.from({ length: count }, (_, index) => `demo-${(index * 7919) % 1000}`)
  const shards = shardCount(count, 8)
  expect(shards).toBe(Math.min(count, 8))
  const parts = Array.from({ length: shards }, (_, index) => shardOf(commits, `${index + 1}/${shards}`))
  expect(parts.flat().toSorted()).toEqual(commits.toSorted())
  const sizes = parts.map((part) => part.length)
  if (count > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
})

it.each(['0/2', '3/2', '2', 'a/b'])('%s is no shard', (shard) => {
  expect(() => shardOf(['demo-1'], shard)).toThrow('a shard is written as 2/4')
})
