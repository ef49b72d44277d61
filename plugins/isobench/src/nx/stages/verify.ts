import { join } from 'node:path'
import { filesBelow, openFile } from '../../adapters/published-files.ts'
import { settingsError } from '../../domain/settings.ts'
import { Manifest } from '../../schema/dataset.ts'
import { DatasetSettings } from '../../schema/dataset-settings.ts'
import { verify } from '../../stages/verify.ts'
import type { StageContext } from '../context.ts'
import { type DatasetCopy, hubCopy } from '../dataset-copy.ts'
import { everyFewSeconds } from '../progress.ts'

/** Options of the command line: without a revision the local build is checked. */
export interface VerifyOptions {
  readonly revision?: string
}

export async function work(context: StageContext, { revision }: VerifyOptions): Promise<boolean> {
  const copy = revision === undefined ? await localCopy(context) : await revisionOf(context, revision)
  const progress = everyFewSeconds(context.log)
  const { files, rows, problems } = await verify(copy, {
    open: copy.open,
    log: (message) => progress(() => message),
  })
  for (const problem of problems) context.log(problem)
  const verdict = problems.length === 0 ? 'as the manifest says' : `${problems.length} problems`
  context.log(`${copy.name}: ${files} files, ${rows} rows: ${verdict}`)
  return problems.length === 0
}

async function localCopy(context: StageContext): Promise<DatasetCopy> {
  const folder = join(context.projectDirectory, 'out')
  const { value } = await context.artifact(Manifest, 'manifest.json')
  const paths = (await filesBelow(folder)).map(({ path }) => path)
  return { name: 'local build', manifest: value, paths, open: async (path) => openFile(folder, path) }
}

async function revisionOf(context: StageContext, revision: string): Promise<DatasetCopy> {
  const file = `${context.projectRoot}/dataset.yaml`
  const { hub_repository: name } = await context.requiredSettings(DatasetSettings, file)
  if (name === undefined) {
    throw settingsError((await context.text(file)) ?? '', file, ['hub_repository'], '`hub_repository` is missing')
  }
  return hubCopy(name, revision)
}
