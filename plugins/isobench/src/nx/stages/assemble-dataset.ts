import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { selectMembers } from '../../domain/members.ts'
import { settingsError } from '../../domain/settings.ts'
import { IsobenchError } from '../../errors.ts'
import { DatasetSettings } from '../../schema/dataset-settings.ts'
import { assembleDataset } from '../../stages/assemble-dataset.ts'
import type { StageContext } from '../context.ts'
import type { Outputs } from '../outputs.ts'
import { packageDirectory } from '../targets.ts'
import { toolName } from '../tool-name.ts'

export async function work(context: StageContext): Promise<Outputs> {
  const file = `${context.projectRoot}/dataset.yaml`
  const settings = await context.requiredSettings(DatasetSettings, file)
  const { members, unknown } = selectMembers(settings.commits, context.commits())
  const [missing] = unknown
  if (missing !== undefined) {
    const text = (await context.text(file)) ?? ''
    throw settingsError(text, file, ['commits', missing.index], `no such commit in this workspace: ${missing.pattern}`)
  }
  const records = await Promise.all(
    members.map(async ({ name, root }) => ({ instanceId: name, text: await recordOf(context, root) })),
  )
  const template = (await context.text(`${context.projectRoot}/README.md.eta`)) ?? (await builtInTemplate())
  const files = assembleDataset({ name: context.projectName, settings, template, records, tool: await toolName() })
  context.log(`${records.length} records`)
  return Object.fromEntries(files)
}

async function recordOf(context: StageContext, root: string): Promise<string> {
  const text = await context.text(`${root}/out/record.json`)
  if (text !== null) return text
  throw new IsobenchError('corrupt-artifact', `no such artifact: ${root}/out/record.json`, {
    hint: 'run `npx nx reset` and then the target again',
  })
}

function builtInTemplate(): Promise<string> {
  return readFile(join(packageDirectory, 'templates/dataset-card.md.eta'), 'utf8')
}
