import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Member, tablesOf } from '../../domain/dataset-tables.ts'
import { IsobenchError } from '../../errors.ts'
import { View } from '../../schema/view-rows.ts'
import { type DatasetFile, assembleDataset } from '../../stages/assemble-dataset.ts'
import type { StageContext } from '../context.ts'
import { readDataset } from '../dataset.ts'
import type { OutputFile } from '../outputs.ts'
import { everyFewSeconds } from '../progress.ts'
import { packageDirectory } from '../targets.ts'
import { toolName } from '../tool-name.ts'

export async function work(context: StageContext): Promise<AsyncIterable<OutputFile>> {
  const { settings, members } = await readDataset(context)
  const template = (await context.text(`${context.projectRoot}/README.md.eta`)) ?? (await builtInTemplate())
  const progress = everyFewSeconds(context.log)
  context.log(`${members.length} commits`)
  return withAbsentTables(
    assembleDataset(
      {
        name: context.projectName,
        settings,
        template,
        members: members.map(({ name, root }) => ({
          instanceId: name,
          record: () => artifactOf(context, root, 'record.json'),
          measured: () => measuredOf(context, root),
        })),
        tool: await toolName(),
      },
      { log: (message) => progress(() => message) },
    ),
  )
}

/** A folder of a table without a row is a declared output all the same. */
async function* withAbsentTables(files: AsyncIterable<DatasetFile>): AsyncGenerator<OutputFile> {
  const absent = new Set<string>(tablesOf(View.options).map(({ folder }) => folder.split('/')[0]!))
  for await (const file of files) {
    absent.delete(file.path.split('/')[0]!)
    yield file
  }
  for (const path of absent) yield { path, content: null }
}

/** What a measurement left; where nothing was run there is no run. */
async function measuredOf(context: StageContext, root: string): Promise<Member['measured']> {
  const [measurement, runs] = await Promise.all([
    artifactOf(context, root, 'measurement.json'),
    context.text(`${root}/out/runs.jsonl`),
  ])
  return { measurement, runs: runs ?? '' }
}

async function artifactOf(context: StageContext, root: string, name: string): Promise<string> {
  const text = await context.text(`${root}/out/${name}`)
  if (text !== null) return text
  throw new IsobenchError('corrupt-artifact', `no such artifact: ${root}/out/${name}`, {
    hint: 'run `npx nx reset` and then the target again',
  })
}

function builtInTemplate(): Promise<string> {
  return readFile(join(packageDirectory, 'templates/dataset-card.md.eta'), 'utf8')
}
