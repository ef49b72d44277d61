import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { canonicalJson } from '../../../plugins/isobench/src/domain/canonical-json.ts'
import { funnelOf } from '../../../plugins/isobench/src/domain/funnel.ts'
import { generationSection } from '../../../plugins/isobench/src/domain/record-sections.ts'
import { generate, generatedFiles, staleFiles } from '../../../tools/generate.ts'
import { type SchemaName, jsonSchemas } from '../../../tools/json-schemas.ts'
import {
  modelGeneration,
  sampleAnalysis,
  sampleCommit,
  sampleEnvironment,
  sampleMeasurement,
  sampleRepository,
} from '../../support/artifacts.ts'
import { sampleRecord, unmeasuredRecord } from '../../support/records.ts'

const workspaceRoot = join(import.meta.dirname, '../../..')
const schemas = jsonSchemas()
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isobench-generate-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

function validator(name: SchemaName) {
  return new Ajv({ strict: true, allowUnionTypes: true, formats: { uri: true, date: true } }).compile(
    schemas.get(name)!,
  )
}

test('the generated files of this repository are fresh', async () => {
  expect(await staleFiles(workspaceRoot, generatedFiles())).toEqual([])
})

test('a stale file fails the check by name, and generating makes it fresh', async () => {
  await generate(folder, { check: false })
  expect(await generate(folder, { check: true })).toEqual([])
  await writeFile(join(folder, 'docs/record.md'), '# Old\n')
  await rm(join(folder, 'plugins/isobench/schemas/record.json'))
  await expect(generate(folder, { check: true })).rejects.toThrow(
    expect.objectContaining({
      message: 'generated files are stale: plugins/isobench/schemas/record.json, docs/record.md',
      hint: 'run `npm run generate`',
    }),
  )
  expect(await readFile(join(folder, 'docs/record.md'), 'utf8')).toBe('# Old\n')
  expect(await generate(folder, { check: false })).toEqual(['plugins/isobench/schemas/record.json', 'docs/record.md'])
  expect(await generate(folder, { check: true })).toEqual([])
})

test('every generated file is stable and ends with one newline', () => {
  expect(generatedFiles()).toEqual(generatedFiles())
  for (const [path, text] of generatedFiles()) expect(text, path).toMatch(/[^\n]\n$/)
})

test.each([...schemas.keys()])('the JSON Schema of %s compiles, and has a title', (name) => {
  expect(schemas.get(name)).toMatchObject({
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: expect.any(String) as string,
    type: 'object',
  })
  const withDefaults = ['acknowledged', 'budget', 'generation-settings', 'measurement-settings', 'mining-settings']
  expect(validator(name)({})).toBe(withDefaults.includes(name))
})

const samples: [SchemaName, unknown][] = [
  ['commit', sampleCommit()],
  ['repository', sampleRepository()],
  ['generation-settings', { model: 'm', provider: { base_url: 'https://api.example.org/v1' } }],
  ['measurement-settings', { profile: 'quick' }],
  ['dataset-settings', { commits: ['demo/*'], split: 'train' }],
  ['analysis', sampleAnalysis()],
  ['environment', sampleEnvironment()],
  ['generation', modelGeneration()],
  ['measurement', sampleMeasurement()],
  ['record', sampleRecord('a', { generation_config: generationSection(modelGeneration()) })],
  ['record', unmeasuredRecord('b', { stage: 'run-gpu', reason: 'timed-out', base_commit: null })],
  ['funnel', funnelOf([sampleRecord('a')])],
]

test.each(samples)('a sample of %s validates, and an unknown key does not', (name, sample) => {
  const validate = validator(name)
  const value = JSON.parse(canonicalJson(sample)) as object
  expect(validate(value), JSON.stringify(validate.errors)).toBe(true)
  expect(validate({ ...value, surprise: 1 })).toBe(false)
})

test('docs/settings.md names every key that a settings file may have', () => {
  const text = generatedFiles().get('docs/settings.md')!
  for (const name of [
    'commit',
    'repository',
    'generation-settings',
    'measurement-settings',
    'dataset-settings',
  ] as const) {
    for (const key of Object.keys(schemas.get(name)!.properties!)) expect(text).toContain(`| \`${key}\` |`)
  }
  expect(text).toContain('| `wheels[].kind` | `wheel-index` | **required** | A host with one wheel a commit |')
})
