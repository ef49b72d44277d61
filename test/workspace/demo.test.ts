import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import recordSchema from '../../plugins/isobench/schemas/record.json' with { type: 'json' }
import { sha256 } from '../../plugins/isobench/src/adapters/files.ts'
import { asJson, queryParquet } from '../support/duckdb.ts'
import { type NxResult, type Workspace, createWorkspace } from '../support/workspace.ts'

/** Verdicts that no machine may miss: the effects are far above 30 %. The others depend on how quiet the machine is. */
const certain = { improved: 0.4, regressed: -0.4 }

let workspace: Workspace
let first: NxResult
let records: Map<string, any>

beforeAll(async () => {
  workspace = await createWorkspace({ copy: ['commits/demo', 'datasets/demo'] })
  first = await workspace.nx(['run-many', '-t', 'assemble'])
  const folders = await readdir(join(workspace.directory, 'commits/demo'), { withFileTypes: true })
  const names = folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  records = new Map(
    await Promise.all(
      names.map(async (name) => [name, await workspace.readJson(`commits/demo/${name}/out/record.json`)] as const),
    ),
  )
}, 900_000)

afterAll(() => workspace.remove())

describe('the demo', () => {
  it('builds a record of every commit', () => {
    expect(first).toMatchObject({ exitCode: 0, failed: [] })
    expect(records.size).toBeGreaterThanOrEqual(8)
    expect(first.executed).toHaveLength(records.size * 5 + 1)
  })

  it('gives the expected verdict where the effect is certain, and a reason where there is no number', () => {
    const table = [...records.values()].map(
      ({ instance_id, expected_verdict, verdict, reason, performance_improvement }) => {
        const effect = performance_improvement === null ? '' : `${(100 * performance_improvement).toFixed(1)} %`
        return `${instance_id} expected ${expected_verdict}: ${verdict} ${reason ?? effect}`
      },
    )
    console.log(table.join('\n'))
    for (const record of records.values()) {
      const { expected_verdict: expected, verdict, performance_improvement: effect } = record
      if (expected === 'unmeasured')
        expect(record).toMatchObject({ verdict: 'unmeasured', performance_improvement: null })
      if (verdict === 'unmeasured') expect(record.reason).not.toBeNull()
      if (expected === 'improved' && effect > certain.improved) expect(verdict).toBe('improved')
      if (expected === 'regressed' && effect < certain.regressed) expect(verdict).toBe('regressed')
      if (verdict === 'improved') expect(expected).not.toBe('regressed')
      if (verdict === 'regressed') expect(expected).not.toBe('improved')
    }
    const verdicts = [...records.values()].map(({ verdict }) => verdict)
    expect(verdicts.filter((verdict) => verdict === 'improved').length).toBeGreaterThanOrEqual(2)
    expect(verdicts).toContain('regressed')
  })

  it('shows every kind of reason that the demo holds', () => {
    const reasons = [...records.values()].flatMap(({ reason }) => reason ?? [])
    for (const reason of [
      'build-failed',
      'test-crashed',
      'output-differs',
      'change-not-exercised',
      'not-a-candidate',
    ]) {
      expect(reasons).toContain(reason)
    }
  })

  it('writes records that fit the published JSON Schema', () => {
    const validate = new Ajv({ allErrors: true, strict: false }).compile(recordSchema)
    for (const record of records.values()) expect(validate(record), JSON.stringify(validate.errors)).toBe(true)
  })

  it('writes Parquet that reads back equal', async () => {
    const file = join(workspace.directory, 'datasets/demo/out/data/test-00000-of-00001.parquet')
    const rows = (await queryParquet(await readFile(file))).map(asJson) as { instance_id: string }[]
    const inOrder = [...records.values()].toSorted((a, b) =>
      a.commit_date + a.instance_id < b.commit_date + b.instance_id ? -1 : 1,
    )
    expect(rows).toEqual(inOrder.map(asJson))
  })

  it('writes a manifest of what is there', async () => {
    const manifest = await workspace.readJson('datasets/demo/out/manifest.json')
    expect(manifest.records).toBe(records.size)
    expect(manifest.files.length).toBeGreaterThanOrEqual(4)
    for (const { path, sha256: digest } of manifest.files) {
      const text = path.endsWith('.parquet') ? null : await workspace.read(`datasets/demo/out/${path}`)
      if (text !== null) expect(sha256(text)).toBe(digest)
    }
  })

  it('builds a report with a page for every commit, once, and again when a commit is another one', async () => {
    const built = await workspace.nx(['run', 'demo:report'])
    expect(built).toMatchObject({ exitCode: 0, executed: ['demo:report'], failed: [] })
    const pages = await readdir(join(workspace.directory, 'datasets/demo/out/report/commits'))
    expect(pages.toSorted()).toEqual([...records.keys()].map((name) => `demo-${name}.html`).toSorted())
    expect((await workspace.nx(['run', 'demo:report'])).executed).toEqual([])
    const name = '2db422aa'
    const file = `commits/demo/${name}/commit.yaml`
    const before = await workspace.read(file)
    await workspace.write(file, before.replace(/^claim: .*/m, 'claim: Faster <again>'))
    expect((await workspace.nx(['run', 'demo:report'])).executed).toContain('demo:report')
    expect(await workspace.read(`datasets/demo/out/report/commits/demo-${name}.html`)).toContain('Faster &lt;again&gt;')
    await workspace.write(file, before)
  })

  it('executes no stage in a second run', async () => {
    const second = await workspace.nx(['run-many', '-t', 'assemble'])
    expect(second).toMatchObject({ exitCode: 0, executed: [], failed: [] })
    expect(second.cached).toHaveLength(records.size * 5 + 1)
  })

  it('takes wheels, environments and runs from the store when the cache of Nx is lost', async () => {
    const name = [...records.keys()].find((key) => records.get(key).verdict === 'improved')!
    const before = await workspace.read(`commits/demo/${name}/out/record.json`)
    await workspace.nx(['reset'])
    const again = await workspace.nx(['run', `demo-${name}:assemble`])
    expect(again.executed).toHaveLength(5)
    expect(await workspace.read(`commits/demo/${name}/out/record.json`)).toBe(before)
  })
})
