import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { writeAtomically } from '../../plugins/isobench/src/adapters/files.ts'
import { columnsOf } from '../../plugins/isobench/src/domain/columns.ts'
import { parquetBytes } from '../../plugins/isobench/src/domain/parquet.ts'
import { rowGroups, shardCut } from '../../plugins/isobench/src/domain/row-groups.ts'
import { CommitRecord } from '../../plugins/isobench/src/schema/record.ts'

/** `node dataset-parquet.ts RECORDS.jsonl FOLDER`: our Parquet of these records, shard by shard; prints what it took. */
const [source, folder] = process.argv.slice(2) as [string, string]
const started = performance.now()
const columns = columnsOf(CommitRecord)
let bytes = 0
let number = 0
let waiting: CommitRecord[] = []

async function write(shard: readonly CommitRecord[]): Promise<void> {
  const content = parquetBytes({ columns, rowGroups: rowGroups(shard), metadata: {} })
  bytes += content.byteLength
  await writeAtomically(join(folder, `${number++}.parquet`), content)
}

for await (const line of createInterface({ input: createReadStream(source) })) {
  waiting.push(JSON.parse(line) as CommitRecord)
  if (waiting.length < 2 * shardCut.maximumRows) continue
  const [first, ...others] = [...rowGroups(waiting, shardCut)]
  await write(first!)
  waiting = others.flat()
}
for (const shard of rowGroups(waiting, shardCut)) await write(shard)
const seconds = (performance.now() - started) / 1000
console.log(JSON.stringify({ seconds, bytes, peakBytes: process.resourceUsage().maxRSS * 1024 }))
