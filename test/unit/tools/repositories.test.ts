import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { pythonSyntax } from '../../../plugins/isobench/src/adapters/python-syntax.ts'
import { parseSettings } from '../../../plugins/isobench/src/domain/settings.ts'
import { checkTest, formatDiagnostic } from '../../../plugins/isobench/src/domain/test-rules.ts'
import { workloadTest } from '../../../plugins/isobench/src/domain/workload.ts'
import { GenerationSettings } from '../../../plugins/isobench/src/schema/generation-settings.ts'
import { MeasurementSettings } from '../../../plugins/isobench/src/schema/measurement-settings.ts'
import { Repository } from '../../../plugins/isobench/src/schema/repository.ts'

const root = join(import.meta.dirname, '../../..')
const folders = (await readdir(join(root, 'commits'), { withFileTypes: true })).filter((each) => each.isDirectory())
const names = folders.map(({ name }) => name).toSorted()
const python = pythonSyntax(async () => 'python3')

async function settings<Schema extends z.ZodType>(schema: Schema, file: string): Promise<z.infer<Schema>> {
  return parseSettings(schema, await readFile(join(root, file), 'utf8'), file)
}

test('the seven repositories are there', () => {
  const seven = ['flash-linear-attention', 'liger-kernel', 'networkx', 'pytorch', 'sglang', 'transformers', 'vllm']
  expect(names).toEqual(expect.arrayContaining(seven))
})

describe.each(names)('commits/%s', (name) => {
  test('its settings are valid, and it says where wheels come from and what it needs', async () => {
    const repository = await settings(Repository, `commits/${name}/repository.yaml`)
    expect(repository.license).toBeDefined()
    await settings(MeasurementSettings, `commits/${name}/measurement.yaml`)
    const { provider, workloads } = await settings(GenerationSettings, `commits/${name}/generation.yaml`)
    expect(provider).toBeUndefined() // a model that is named today is retired tomorrow
    if (name !== 'demo') expect(workloads.length).toBeGreaterThan(0)
  })

  test('its workloads keep the rules of tests', async () => {
    const { package: measured } = await settings(Repository, `commits/${name}/repository.yaml`)
    const { workloads } = await settings(GenerationSettings, `commits/${name}/generation.yaml`)
    for (const workload of workloads) {
      const reading = await python.read(workloadTest({ workload, api: workload.apis[0]! }))
      if ('problem' in reading) throw new Error(`${workload.name}: ${formatDiagnostic(reading.problem)}`)
      const found = checkTest(reading.tree, { packageImport: measured.import, changed: [] })
      expect(found.map(formatDiagnostic), workload.name).toEqual([])
    }
  })

  test('an editor finds the schema of each file', async () => {
    for (const file of ['repository', 'generation', 'measurement']) {
      const [first] = (await readFile(join(root, `commits/${name}/${file}.yaml`), 'utf8')).split('\n')
      const schema = /^# yaml-language-server: \$schema=(\S+)$/.exec(first!)?.[1]
      expect(existsSync(join(root, `commits/${name}`, schema!)), `${file}: ${schema}`).toBe(true)
    }
  })
})

test('the ten lines of the document are a valid repository.yaml', async () => {
  const document = await readFile(join(root, 'docs/repositories.md'), 'utf8')
  const [, lines] = /```yaml\n# commits\/[a-z]+\/repository\.yaml\n(.*?)```/s.exec(document)!
  expect(lines!.trimEnd().split('\n')).toHaveLength(10)
  expect(parseSettings(Repository, lines!, 'docs/repositories.md')).toMatchObject({
    package: { name: 'networkx' },
    wheels: [{ kind: 'release' }, { kind: 'build' }],
  })
})
