import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { writeAtomically } from '../../plugins/isobench/src/adapters/files.ts'
import { DatasetSettings } from '../../plugins/isobench/src/schema/dataset-settings.ts'
import { assembleDataset } from '../../plugins/isobench/src/stages/assemble-dataset.ts'
import { syntheticMembers } from '../../test/support/synthetic-members.ts'

/** `node dataset-build.ts COUNT FOLDER`: builds a dataset of synthetic records, and prints what that took as JSON. */
const [count, folder] = process.argv.slice(2) as [string, string]
const started = performance.now()
const files = assembleDataset(
  {
    name: 'synthetic',
    settings: DatasetSettings.parse({ commits: ['synthetic'] }),
    template: '# Synthetic\n',
    members: syntheticMembers(Number(count)),
    tool: 'nx-isobench',
  },
  { log: () => undefined },
)
let parquetBytes = 0
for await (const { path, content } of files) {
  if (path.endsWith('.parquet')) parquetBytes += (content as Uint8Array).byteLength
  await writeAtomically(join(folder, path), content)
}
const seconds = (performance.now() - started) / 1000
console.log(JSON.stringify({ seconds, parquetBytes, peakBytes: process.resourceUsage().maxRSS * 1024 }))
