/**
 * Writes the commits of the ancestor's final benchmark (54 pairs, the seed's among them) into `commits/` and `datasets/`.
 * Run as `node tools/seed-commits.ts ../shared/data/commits.tsv [FOLDER]`. The table has facts only: hashes, subjects, pull
 * requests, models and commands.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { writeAtomically } from '../plugins/isobench/src/adapters/files.ts'
import { type TablePair, pairNotes, parseCommitTable } from '../plugins/isobench/src/domain/commit-table.ts'
import { repositoryFacts } from '../plugins/isobench/src/nx/generators/known-repositories.ts'
import { plainText, settingsText } from '../plugins/isobench/src/nx/generators/settings-text.ts'
import { Commit } from '../plugins/isobench/src/schema/commit.ts'
import { DatasetSettings } from '../plugins/isobench/src/schema/dataset-settings.ts'
import { GenerationSettings } from '../plugins/isobench/src/schema/generation-settings.ts'
import { MeasurementSettings } from '../plugins/isobench/src/schema/measurement-settings.ts'
import { Repository } from '../plugins/isobench/src/schema/repository.ts'

/** The pair of the seed: it stays in whatever the table says. */
const seed = '98f47f2a4032f8c395268de80858c64ffcfc60fa'

/** Models are retired, the seed's among them, so none is named; a new test is tried on the device that measures. */
const generation: z.input<typeof GenerationSettings> = {
  verify: 'trial',
  trial: { accelerator: 'nvidia:h100', timeout_seconds: 900 },
}

const generationRemarks = [
  'No model is named, because models are retired. To have tests written, add any OpenAI-compatible endpoint:',
  '',
  'provider:',
  '  base_url: https://api.openai.com/v1',
  '  api_key_variable: OPENAI_API_KEY',
  'model: <name of the model>',
]

const titles: Readonly<Record<string, string>> = {
  vllm: 'vLLM performance commits',
  sglang: 'SGLang performance commits',
}

const [table, target = '.'] = process.argv.slice(2)
if (table === undefined) throw new Error('usage: node tools/seed-commits.ts TABLE.tsv [FOLDER]')

const { pairs } = parseCommitTable(await readFile(table, 'utf8'), table)
const rows = pairs.filter((row) => row.in_final54 || row.head === seed)
for (const [name, title] of Object.entries(titles)) {
  const members = rows.filter((row) => row.repo === name)
  await writeRepository(name)
  await writeDataset(name, title)
  for (const row of members) await writeCommit(name, row)
  console.log(`${name}: ${members.length} commits`)
}

async function writeRepository(name: string): Promise<void> {
  const facts = repositoryFacts[name]!
  await write(Repository, `commits/${name}/repository.yaml`, facts.repository)
  await write(GenerationSettings, `commits/${name}/generation.yaml`, generation, generationRemarks)
  await write(MeasurementSettings, `commits/${name}/measurement.yaml`, facts.measurement)
}

async function writeDataset(name: string, title: string): Promise<void> {
  const description = `Commits of the final ISO-Bench benchmark for ${title.split(' ')[0]}, measured against their first parents.`
  await write(DatasetSettings, `datasets/${name}/dataset.yaml`, {
    commits: [name],
    title,
    description,
    license: 'apache-2.0',
  })
}

async function writeCommit(name: string, row: TablePair): Promise<void> {
  const notes = pairNotes(row)
  await write(Commit, `commits/${name}/${row.head.slice(0, 8)}/commit.yaml`, {
    head: row.head,
    base: row.base,
    claim: plainText(row.subject, 2000),
    ...(notes === '' ? {} : { notes }),
  })
}

async function write<Schema extends z.ZodType>(
  schema: Schema,
  file: string,
  settings: z.input<Schema>,
  remarks: readonly string[] = [],
): Promise<void> {
  await writeAtomically(join(target, file), settingsText(schema, file, settings, remarks))
}
