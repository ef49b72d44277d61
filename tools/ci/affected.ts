import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { datasetsNamed, nx, read } from './nx.ts'
import { shardCount } from './shards.ts'

/*
 * What a pull request changes: `npm run ci:affected -- --base origin/main --shards 8` prints
 * `{ "commits": [...], "datasets": [...], "shards": ["1/2", "2/2"] }`, and gives each to later steps of a workflow.
 */
const { values } = parseArgs({
  options: { base: { type: 'string' }, head: { type: 'string', default: 'HEAD' }, shards: { type: 'string' } },
})
const range = ['--base', values.base ?? 'origin/main', '--head', values.head]

const datasets = new Set(datasetsNamed('all'))
const commits = affected('--exclude', 'tag:dataset')
const count = shardCount(commits.length, Number(values.shards ?? 1))
const result = {
  commits,
  datasets: affected().filter((name) => datasets.has(name)),
  shards: Array.from({ length: count }, (_, index) => `${index + 1}/${count}`),
}
console.log(JSON.stringify(result))
const output = process.env['GITHUB_OUTPUT']
if (output !== undefined) {
  for (const [name, value] of Object.entries(result)) appendFileSync(output, `${name}=${JSON.stringify(value)}\n`)
}

/** Projects whose `assemble` the change reaches. A dataset brings all of its members, so they are asked for without. */
function affected(...options: readonly string[]): string[] {
  const text = read(process.execPath, nx, 'affected', '-t', 'assemble', ...range, ...options, '--graph=stdout')
  const { tasks } = JSON.parse(text.slice(text.indexOf('{'))) as Graph
  const all = Object.values(tasks.tasks).filter(({ target }) => target.target === 'assemble')
  return all.map(({ target }) => target.project).toSorted()
}

interface Graph {
  readonly tasks: { readonly tasks: Record<string, { readonly target: { project: string; target: string } }> }
}
