import { join } from 'node:path'
import { hubAccess, openHub } from '../../adapters/hub.ts'
import { HubFault } from '../../adapters/hub-fetch.ts'
import { filesBelow, openFile } from '../../adapters/published-files.ts'
import { settingsError } from '../../domain/settings.ts'
import { IsobenchError } from '../../errors.ts'
import { Manifest } from '../../schema/dataset.ts'
import { DatasetSettings } from '../../schema/dataset-settings.ts'
import { type VerifyEffects, type VerifyInput, verify } from '../../stages/verify.ts'
import type { StageContext } from '../context.ts'
import { everyFewSeconds } from '../progress.ts'

/** Options of the command line: without a revision the local build is checked. */
export interface VerifyOptions {
  readonly revision?: string
}

type Copy = VerifyInput & Pick<VerifyEffects, 'open'> & { readonly name: string }

export async function work(context: StageContext, { revision }: VerifyOptions): Promise<boolean> {
  const copy = revision === undefined ? await localCopy(context) : await hubCopy(context, revision)
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

async function localCopy(context: StageContext): Promise<Copy> {
  const folder = join(context.projectDirectory, 'out')
  const { value } = await context.artifact(Manifest, 'manifest.json')
  const paths = (await filesBelow(folder)).map(({ path }) => path)
  return { name: 'local build', manifest: value, paths, open: async (path) => openFile(folder, path) }
}

async function hubCopy(context: StageContext, revision: string): Promise<Copy> {
  const file = `${context.projectRoot}/dataset.yaml`
  const { hub_repository: name } = await context.requiredSettings(DatasetSettings, file)
  if (name === undefined) {
    throw settingsError((await context.text(file)) ?? '', file, ['hub_repository'], '`hub_repository` is missing')
  }
  const hub = openHub({ ...hubAccess(process.env), name })
  try {
    const commit = await hub.resolve(revision)
    if (commit === null) throw new IsobenchError('bad-input', `no such revision on the Hub: ${name}@${revision}`)
    const paths = (await hub.files(commit)).map(({ path }) => path)
    const text = Buffer.concat(await Array.fromAsync(await hub.read(commit, 'manifest.json'))).toString()
    const parsed = Manifest.safeParse(JSON.parse(text))
    if (!parsed.success) throw new IsobenchError('corrupt-artifact', `no manifest of ours: ${name}@${commit}`)
    return {
      name: `${name}@${commit.slice(0, 12)}`,
      manifest: parsed.data,
      paths,
      open: (path) => hub.read(commit, path),
    }
  } catch (error) {
    if (error instanceof HubFault) {
      throw new IsobenchError('network', `cannot read ${name}: ${error.message}`, {
        hint: 'check HF_TOKEN, HF_ENDPOINT and the network',
        cause: error,
      })
    }
    throw error
  }
}
