import { datasetsNamed, nx, read, show } from './nx.ts'

/*
 * Builds datasets and their reports: `npm run ci:dataset -- '["demo"]' '["demo-2db422aa"]'`, or `all`. The commits of the
 * second list were built by shards, whose `out/` folders lie here; the other members come from the cache. The datasets
 * themselves are built from what lies here and never taken from a cache, so that every record is checked once more.
 */
const datasets = datasetsNamed(process.argv[2])
const built = JSON.parse(process.argv[3] ?? '[]') as string[]
if (datasets.length === 0) {
  console.log('no dataset is affected')
} else {
  const others = [...new Set(datasets.flatMap(membersOf))].filter((name) => !built.includes(name))
  if (others.length > 0) show(process.execPath, nx, 'run-many', '-t', 'assemble', '-p', others.join(','))
  const alone = ['--skip-nx-cache', '--exclude-task-dependencies']
  show(process.execPath, nx, 'run-many', '-t', 'assemble', 'report', '-p', datasets.join(','), ...alone)
}

/** The commits of a dataset, as the graph has them. */
function membersOf(dataset: string): string[] {
  const { implicitDependencies = [] } = JSON.parse(
    read(process.execPath, nx, 'show', 'project', dataset, '--json'),
  ) as {
    implicitDependencies?: string[]
  }
  return implicitDependencies
}
