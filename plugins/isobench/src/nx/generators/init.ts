import { posix } from 'node:path'
import { type NxJsonConfiguration, type Tree, readJson, writeJson } from '@nx/devkit'
import { type Log, generator } from './generator.ts'

const pluginName = 'nx-isobench'

const ignored = ['out/', '.isobench/', '.nx/', '.env.local']

/** Nx settings that make every command faster. `.env` is committed; secrets have a file of their own. */
const environmentFile = `# Nx settings that make every command faster (docs/caching.md); secrets belong in .env.local, which git ignores.
NX_ISOLATE_PLUGINS=false
NX_DAEMON=false
NX_LOAD_DOT_ENV_FILES=false
`

const readmes = {
  commits: `# Commits

One folder a repository, with \`repository.yaml\` (where the code and its wheels come from), \`generation.yaml\` (how tests
are written) and \`measurement.yaml\` (how they are measured); below it one folder a commit with its \`commit.yaml\`.

\`\`\`sh
npx nx g nx-isobench:commit --repository NAME --head SHA
\`\`\`
`,
  datasets: `# Datasets

One folder a dataset, with \`dataset.yaml\`: which commits it has, and where it goes.

\`\`\`sh
npx nx run NAME:assemble
\`\`\`
`,
}

/** Makes the workspace one for datasets of performance commits. Run again it changes nothing. */
export function initialize(tree: Tree, _options: object, log: Log): void {
  addPlugin(tree)
  addIgnoreRules(tree)
  writeIfAbsent(tree, 'commits/README.md', readmes.commits)
  writeIfAbsent(tree, 'datasets/README.md', readmes.datasets)
  if (tree.exists('.env')) remindOfSettings(tree, log)
  else tree.write('.env', environmentFile)
}

export const init = generator(initialize)

/** Every byte of nx.json is in the hash of every task, so it is written only when something is missing. */
function addPlugin(tree: Tree): void {
  const before = tree.exists('nx.json') ? readJson<NxJsonConfiguration>(tree, 'nx.json') : {}
  const plugins = before.plugins ?? []
  const names = plugins.map((entry) => (typeof entry === 'string' ? entry : entry.plugin))
  const isThere = names.some((name) => name === pluginName || isPathOfPlugin(tree, name))
  if (isThere && before.cacheDirectory !== undefined) return
  writeJson(tree, 'nx.json', {
    ...before,
    plugins: isThere ? plugins : [...plugins, pluginName],
    // The default is shared across checkouts.
    cacheDirectory: before.cacheDirectory ?? '.nx/cache',
  })
}

/** Whether an entry such as `./plugins/isobench/src/index.ts` leads into the folder of this package. */
function isPathOfPlugin(tree: Tree, entry: string): boolean {
  if (!entry.startsWith('.')) return false
  for (let folder = posix.normalize(entry); folder !== '.'; folder = posix.dirname(folder)) {
    const file = posix.join(folder, 'package.json')
    if (tree.exists(file)) return readJson<{ name?: string }>(tree, file).name === pluginName
  }
  return false
}

function addIgnoreRules(tree: Tree): void {
  const before = tree.read('.gitignore', 'utf8') ?? ''
  const rules = new Set(before.split('\n').map(withoutSlash))
  const missing = ignored.filter((rule) => !rules.has(withoutSlash(rule)))
  if (missing.length === 0) return
  const separator = before === '' || before.endsWith('\n') ? '' : '\n'
  tree.write('.gitignore', `${before}${separator}${missing.join('\n')}\n`)
}

function withoutSlash(rule: string): string {
  return rule.trim().replace(/\/$/, '')
}

function writeIfAbsent(tree: Tree, file: string, text: string): void {
  if (!tree.exists(file)) tree.write(file, text)
}

function remindOfSettings(tree: Tree, log: Log): void {
  const lines = new Set((tree.read('.env', 'utf8') ?? '').split('\n').map((line) => line.trim()))
  const missing = environmentFile.split('\n').filter((line) => line.startsWith('NX_') && !lines.has(line))
  if (missing.length > 0) log(`left as it is: .env; these settings make Nx faster: ${missing.join(' ')}`)
}
