import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const packageFolder = join(import.meta.dirname, '../plugins/isobench')

/** Files that are no TypeScript and yet decide what a stage gives. */
const assets: Readonly<Record<string, readonly string[]>> = {
  analyze: [],
  'install-wheel': [],
  'generate-test': ['prompts/**/*.md', 'harness/footer.py'],
  'run-gpu': ['harness/*.py'],
  assemble: [],
  'assemble-dataset': ['templates/*'],
}

/** `stages.json`: the version that Nx hashes, and the digest of the sources that it stands for. */
export type StageVersions = Record<string, { version: number; sources: string }>

/** The versions for the sources as they are now: raised where the sources changed, unless `keepVersions`. */
export function stageVersions(recorded: StageVersions, keepVersions: boolean): StageVersions {
  return Object.fromEntries(
    Object.keys(assets).map((stage) => {
      const sources = digestOf(sourcesOf(stage))
      const before = recorded[stage]
      const changed = before !== undefined && before.sources !== sources && !keepVersions
      return [stage, { version: (before?.version ?? 1) + (changed ? 1 : 0), sources }]
    }),
  )
}

/** Every file that a stage is made of: its wiring and what that imports, statically or lazily, and its assets. */
export function sourcesOf(stage: string): string[] {
  const files = new Set<string>()
  const visit = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    const text = readFileSync(file, 'utf8')
    const imports = text.matchAll(
      /(?:^|\n)(?:import|export)(?! type)[^'\n]*(?:\n[^'\n]*)*?'(\.[^']+)'|import\('(\.[^']+)'\)/g,
    )
    for (const [, eager, lazy] of imports) visit(join(dirname(file), String(eager ?? lazy)))
  }
  visit(join(packageFolder, `src/nx/stages/${stage}.ts`))
  for (const pattern of assets[stage] ?? []) {
    for (const file of globSync(pattern, { cwd: packageFolder })) files.add(join(packageFolder, file))
  }
  return [...files].toSorted()
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files)
    hash
      .update(`${relative(packageFolder, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  return hash.digest('hex')
}
