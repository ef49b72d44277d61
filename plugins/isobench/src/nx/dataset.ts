import { selectMembers } from '../domain/members.ts'
import { settingsError } from '../domain/settings.ts'
import { DatasetSettings } from '../schema/dataset-settings.ts'
import type { StageContext } from './context.ts'

/** The settings of a dataset, and the commits of this workspace that it names. */
export interface Dataset {
  readonly settings: DatasetSettings
  readonly members: ReturnType<StageContext['commits']>
}

/** @throws IsobenchError `bad-input` that says where in `dataset.yaml` a commit is named that is not there */
export async function readDataset(context: StageContext): Promise<Dataset> {
  const file = `${context.projectRoot}/dataset.yaml`
  const settings = await context.requiredSettings(DatasetSettings, file)
  const { members, unknown } = selectMembers(settings.commits, context.commits())
  const [missing] = unknown
  if (missing !== undefined) {
    const text = (await context.text(file)) ?? ''
    throw settingsError(text, file, ['commits', missing.index], `no such commit in this workspace: ${missing.pattern}`)
  }
  return { settings, members }
}
