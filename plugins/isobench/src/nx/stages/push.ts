import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { hubAccess, openHub } from '../../adapters/hub.ts'
import { blobOf, digestedFile, openFile } from '../../adapters/published-files.ts'
import { type LocalFile, bytesText } from '../../domain/push-plan.ts'
import { settingsError } from '../../domain/settings.ts'
import { IsobenchError } from '../../errors.ts'
import { Manifest } from '../../schema/dataset.ts'
import { DatasetSettings } from '../../schema/dataset-settings.ts'
import { push } from '../../stages/push.ts'
import { scan } from '../../stages/scan.ts'
import type { StageContext } from '../context.ts'
import { everyFewSeconds } from '../progress.ts'
import { secretsOf } from '../redact.ts'

/** Options of the command line, e.g. `npx nx run demo:push --dryRun`. */
export interface PushOptions {
  readonly dryRun?: boolean
  readonly pullRequest?: boolean
  readonly tag?: string
  readonly overwrite?: string
}

export async function work(context: StageContext, options: PushOptions): Promise<boolean> {
  const { settings, repository } = await destination(context, options.dryRun === true)
  const { endpoint, token } = hubAccess(process.env)
  if (token === undefined && options.dryRun !== true) {
    throw new IsobenchError('credential-missing', 'no token of the Hub: HF_TOKEN', {
      hint: 'set it in the environment or in .env.local, to a token that may write',
    })
  }
  const folder = join(context.projectDirectory, 'out')
  const manifest = (await context.artifact(Manifest, 'manifest.json')).value
  const files = await publishedFiles(context, folder, manifest)
  const progress = everyFewSeconds(context.log)
  await scan(
    files.map(({ path }) => ({ path, open: () => openFile(folder, path) })),
    { secrets: secretsOf(process.env), allowed: settings.allowed_findings },
    (message) => progress(() => message),
  )
  context.log(`${files.length} files scanned: nothing that must not be published`)
  let sentBytes = 0
  const onUploaded = (bytes: number): void => {
    sentBytes += bytes
    progress(() => `${bytesText(sentBytes)} uploaded`)
  }
  await push(
    {
      files,
      manifest,
      isPrivate: settings.private,
      dryRun: options.dryRun === true,
      asPullRequest: options.pullRequest === true,
      tag: options.tag ?? null,
      overwrite: options.overwrite ?? null,
    },
    {
      hub: openHub({ endpoint, name: repository, token, onUploaded }),
      content: (path) => blobOf(folder, path),
      wait: (seconds) => wait(1000 * seconds),
      random: Math.random,
      log: context.log,
    },
  )
  return true
}

/** Where it goes, when dataset.yaml lets it go: a `run-many -t push` must send nothing by accident. */
async function destination(context: StageContext, dryRun: boolean) {
  const file = `${context.projectRoot}/dataset.yaml`
  const settings = await context.requiredSettings(DatasetSettings, file)
  const text = (await context.text(file)) ?? ''
  if (settings.hub_repository === undefined) {
    throw settingsError(text, file, ['hub_repository'], 'nowhere to push to: `hub_repository` is missing')
  }
  if (!settings.push && !dryRun) {
    throw settingsError(text, file, ['push'], 'nothing is sent without `push: true`; --dryRun shows what would be')
  }
  return { settings, repository: settings.hub_repository }
}

/** The files of the build with their digests. @throws IsobenchError `corrupt-artifact` when one is not as built */
async function publishedFiles(context: StageContext, folder: string, manifest: Manifest): Promise<LocalFile[]> {
  const progress = everyFewSeconds(context.log)
  const files: LocalFile[] = []
  for (const [index, { path, sha256 }] of manifest.files.entries()) {
    const file = await digestedFile(folder, path)
    if (file.sha256 !== sha256) {
      throw new IsobenchError('corrupt-artifact', `not as it was built: ${context.projectRoot}/out/${path}`, {
        hint: 'remove it and build the dataset again',
      })
    }
    files.push(file)
    progress(() => `${index + 1} of ${manifest.files.length} files hashed`)
  }
  return [...files, await digestedFile(folder, 'manifest.json')]
}
