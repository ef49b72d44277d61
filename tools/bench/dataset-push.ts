import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { openHub } from '../../plugins/isobench/src/adapters/hub.ts'
import { blobOf, digestedFile, openFile } from '../../plugins/isobench/src/adapters/published-files.ts'
import { writeAtomically } from '../../plugins/isobench/src/adapters/files.ts'
import { Manifest } from '../../plugins/isobench/src/schema/dataset.ts'
import { DatasetSettings } from '../../plugins/isobench/src/schema/dataset-settings.ts'
import { assembleDataset } from '../../plugins/isobench/src/stages/assemble-dataset.ts'
import { push } from '../../plugins/isobench/src/stages/push.ts'
import type { HubServer } from '../../test/support/hub-server.ts'
import { askPython } from '../../test/support/python-clients.ts'
import { syntheticMembers } from '../../test/support/synthetic-members.ts'

/** What one push took. */
export interface PushCost {
  readonly requests: number
  readonly bytes: number
  readonly seconds: number
  readonly commits: number
}

/** Builds a dataset of so many synthetic records, one of which (if any) is edited, into a folder. */
export async function buildInto(folder: string, count: number, edited: number | null): Promise<void> {
  const members = syntheticMembers(count, (record, number) =>
    number === edited ? { ...record, claim: 'edited' } : record,
  )
  const settings = DatasetSettings.parse({ commits: ['synthetic'] })
  const input = { name: 'synthetic', settings, template: '# Synthetic\n', members, tool: 'nx-isobench' }
  for await (const { path, content } of assembleDataset(input, { log: () => undefined })) {
    await writeAtomically(join(folder, path), content)
  }
}

/** Pushes a build to `tester/ours`, digests included. */
export function pushOurs(hub: HubServer, folder: string): Promise<PushCost> {
  return counted(hub, 'tester/ours', async () => {
    const text = Buffer.concat(await Array.fromAsync(openFile(folder, 'manifest.json'))).toString()
    const manifest = Manifest.parse(JSON.parse(text))
    const paths = [...manifest.files.map(({ path }) => path), 'manifest.json']
    const files = await Promise.all(paths.map((path) => digestedFile(folder, path)))
    const mode = { isPrivate: true, dryRun: false, asPullRequest: false, tag: null, overwrite: null }
    await push(
      { files, manifest, ...mode },
      {
        hub: openHub({ endpoint: hub.url, name: 'tester/ours', token: 'hf_test' }),
        content: (path) => blobOf(folder, path),
        wait: async () => undefined,
        random: Math.random,
        log: () => undefined,
      },
    )
  })
}

/** Pushes the same records to `tester/peer` with `datasets.push_to_hub`; reading them is not counted. */
export async function pushPeer(hub: HubServer, python: string, home: string, build: string): Promise<PushCost> {
  const script = `
import json, time
from datasets import load_dataset
rows = load_dataset("parquet", data_files=${JSON.stringify(`${build}/data/*.parquet`)}, split="train")
started = time.perf_counter()
rows.push_to_hub("tester/peer", private=True)
print(json.dumps(time.perf_counter() - started))`
  let seconds = 0
  const cost = await counted(hub, 'tester/peer', async () => {
    seconds = await askPython(python, script, { endpoint: hub.url, home })
  })
  return { ...cost, seconds }
}

async function counted(hub: HubServer, name: string, work: () => Promise<void>): Promise<PushCost> {
  const commits = (): number => hub.repositories.get(name)?.commits.size ?? 1
  const before = commits()
  hub.requests.length = 0
  const started = performance.now()
  await work()
  return {
    requests: hub.requests.length,
    bytes: hub.requests.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0),
    seconds: (performance.now() - started) / 1000,
    commits: commits() - before,
  }
}
