import { hubAccess, openHub } from '../adapters/hub.ts'
import { HubFault } from '../adapters/hub-fetch.ts'
import { filesBelow, openFile } from '../adapters/published-files.ts'
import { readTextIfPresent } from '../adapters/files.ts'
import { join } from 'node:path'
import { IsobenchError } from '../errors.ts'
import { Manifest } from '../schema/dataset.ts'
import type { VerifyEffects, VerifyInput } from '../stages/verify.ts'

/** A build, here or on the Hub, and how to read its files. */
export type DatasetCopy = VerifyInput & Pick<VerifyEffects, 'open'> & { readonly name: string }

/** A build in a folder. @throws IsobenchError `bad-input` for a folder without one */
export async function folderCopy(folder: string, name: string): Promise<DatasetCopy> {
  const text = await readTextIfPresent(join(folder, 'manifest.json'))
  if (text === undefined) {
    throw new IsobenchError('bad-input', `no build of a dataset, which has a manifest.json: ${name}`, {
      hint: 'give datasets/<name>/out, or owner/name@revision for the Hub',
    })
  }
  const paths = (await filesBelow(folder)).map(({ path }) => path)
  return { name, manifest: parsedManifest(text, name), paths, open: async (path) => openFile(folder, path) }
}

/** A revision of a repository on the Hub. @throws IsobenchError `network` or `bad-input` */
export async function hubCopy(name: string, revision: string): Promise<DatasetCopy> {
  const hub = openHub({ ...hubAccess(process.env), name })
  const reading = <Result>(work: () => Promise<Result>): Promise<Result> => work().catch((error) => failed(name, error))
  return reading(async () => {
    const commit = await hub.resolve(revision)
    if (commit === null) throw new IsobenchError('bad-input', `no such revision on the Hub: ${name}@${revision}`)
    const paths = (await hub.files(commit)).map(({ path }) => path)
    const text = Buffer.concat(await Array.fromAsync(await hub.read(commit, 'manifest.json'))).toString()
    return {
      name: `${name}@${commit.slice(0, 12)}`,
      manifest: parsedManifest(text, `${name}@${commit}`),
      paths,
      open: (path) => reading(() => hub.read(commit, path)),
    }
  })
}

function parsedManifest(text: string, name: string): Manifest {
  try {
    return Manifest.parse(JSON.parse(text))
  } catch (cause) {
    throw new IsobenchError('corrupt-artifact', `no manifest of ours: ${name}`, { cause })
  }
}

function failed(name: string, error: unknown): never {
  if (!(error instanceof HubFault)) throw error
  throw new IsobenchError('network', `cannot read ${name}: ${error.message}`, {
    hint: 'check HF_TOKEN, HF_ENDPOINT and the network',
    cause: error,
  })
}
