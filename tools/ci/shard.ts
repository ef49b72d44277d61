import { nx, show } from './nx.ts'
import { shardOf } from './shards.ts'

/*
 * Runs the stages of one shard of commits: `npm run ci:shard -- 2/4 '["demo-2db422aa", …]'`. A stage that fails ends
 * with its exit code after the others are done.
 */
const [shard, list] = process.argv.slice(2)
if (shard === undefined || list === undefined) throw new Error('which shard, of which commits? 2/4 [...]')
const commits = shardOf(JSON.parse(list) as string[], shard)
console.log(`shard ${shard}: ${commits.join(', ')}`)
if (commits.length > 0) show(process.execPath, nx, 'run-many', '-t', 'assemble', '-p', commits.join(','))
