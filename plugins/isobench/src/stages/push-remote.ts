import type { Hub } from '../adapters/hub.ts'
import type { RemoteBuild, RemoteFile } from '../domain/push-plan.ts'
import { sha256 } from '../domain/digest.ts'
import { IsobenchError } from '../errors.ts'
import { Manifest } from '../schema/dataset.ts'

const largestRead = 50_000_000

/**
 * What the manifest of a revision says of its files, and which of them are still as it says. Large files are compared
 * by the digest that the Hub keeps, the others are read.
 * @throws IsobenchError `bad-input` when the manifest is that of another dataset
 */
export async function readRemoteBuild(
  hub: Hub,
  revision: string,
  remote: readonly RemoteFile[],
  { dataset }: Manifest,
): Promise<RemoteBuild> {
  const there = new Map(remote.map((file) => [file.path, file]))
  if (!there.has('manifest.json')) return { manifest: null, asWritten: new Set() }
  const parsed = Manifest.safeParse(parsedJson(await bytesOf(hub, revision, there.get('manifest.json')!)))
  if (!parsed.success) return { manifest: null, asWritten: new Set() }
  if (parsed.data.dataset !== dataset) {
    throw new IsobenchError('bad-input', `${hub.name} holds another dataset: ${parsed.data.dataset}`, {
      hint: 'name another repository as hub_repository in dataset.yaml',
    })
  }
  const asWritten = new Set<string>()
  for (const { path, sha256: digest } of parsed.data.files) {
    const file = there.get(path)
    if (file === undefined) continue
    const found = file.sha256 ?? sha256(await bytesOf(hub, revision, file))
    if (found === digest) asWritten.add(path)
  }
  return { manifest: parsed.data, asWritten }
}

async function bytesOf(hub: Hub, revision: string, { path, sizeBytes }: RemoteFile): Promise<Uint8Array> {
  if (sizeBytes > largestRead) {
    throw new IsobenchError('bad-input', `too large to be read back from ${hub.name}: ${path}: ${sizeBytes} bytes`)
  }
  return Buffer.concat(await Array.fromAsync(await hub.read(revision, path)))
}

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown
  } catch {
    return null
  }
}
