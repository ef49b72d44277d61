import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { clearOutputs, writeOutputs } from '../../../plugins/isobench/src/nx/outputs.ts'
import { temporaryFolder } from '../../support/git-fixture.ts'

let project: string
const lying = async (): Promise<string[]> => (await readdir(join(project, 'out'))).toSorted()

beforeEach(async () => {
  project = await temporaryFolder()
})

it('writes a log where something was said, and removes it with the outputs of a run that had them', async () => {
  const events = [{ time: '2026-01-01T00:00:00.000Z', message: 'found' }]
  await writeOutputs(project, 'run-gpu', { 'measurement.json': '{}\n', 'runs.jsonl': 'run\n' }, events)
  expect(await lying()).toEqual(['measurement.json', 'run-gpu.log.jsonl', 'runs.jsonl'])
  expect(await readFile(join(project, 'out/run-gpu.log.jsonl'), 'utf8')).toBe(`${JSON.stringify(events[0])}\n`)

  await writeOutputs(project, 'run-gpu', { 'measurement.json': '{"skipped":true}\n', 'runs.jsonl': null }, [])
  expect(await lying()).toEqual(['measurement.json'])
  expect(await readFile(join(project, 'out/measurement.json'), 'utf8')).toBe('{"skipped":true}\n')
})

it('clears what is there of one stage, folders too, and nothing of another', async () => {
  await clearOutputs(project, 'assemble-dataset')
  await mkdir(join(project, 'out/data'), { recursive: true })
  for (const name of ['data/test.parquet', 'manifest.json', 'assemble-dataset.log.jsonl', 'analysis.json'])
    await writeFile(join(project, 'out', name), name)
  await clearOutputs(project, 'assemble-dataset')
  expect(await lying()).toEqual(['analysis.json'])
})

it('refuses a stage that gives other files than it declares', async () => {
  await expect(writeOutputs(project, 'assemble', { 'other.json': '' }, [])).rejects.toThrow(
    'missing record.json; undeclared other.json',
  )
  expect(await readdir(project)).toEqual([])
})
