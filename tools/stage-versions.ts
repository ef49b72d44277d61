import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const packageFolder = join(import.meta.dirname, '../plugins/isobench')

/** Files that decide what a stage gives and that its wiring does not import itself. */
const others: Readonly<Record<string, readonly string[]>> = {
  analyze: ['src/adapters/git.ts'],
  'install-wheel': ['src/adapters/git.ts', 'src/adapters/environment-store.ts'],
  'generate-test': ['prompts/**/*.md', 'providers/*.yaml', 'harness/footer.py'],
  'run-gpu': ['harness/*.py'],
  assemble: ['harness/*.py'],
  'assemble-dataset': ['templates/*'],
  report: ['report/*'],
}

/** `stages.json`: the version that Nx hashes, and the digest of the sources that it stands for. */
export type StageVersions = Record<string, { version: number; sources: string }>

/** The versions for the sources as they are now: raised where the sources changed, unless `keepVersions`. */
export function stageVersions(recorded: StageVersions, keepVersions: boolean): StageVersions {
  return Object.fromEntries(
    Object.keys(others).map((stage) => {
      const sources = digestOf(sourcesOf(stage))
      const before = recorded[stage]
      const changed = before !== undefined && before.sources !== sources && !keepVersions
      return [stage, { version: (before?.version ?? 1) + (changed ? 1 : 0), sources }]
    }),
  )
}

/** The text of `stages.json` as it should be. */
export function stageVersionsFile(keepVersions: boolean): string {
  const recorded: StageVersions = JSON.parse(readFileSync(join(packageFolder, 'stages.json'), 'utf8'))
  return `${JSON.stringify(stageVersions(recorded, keepVersions), null, 2)}\n`
}

/** Every file that a stage is made of: its wiring and what that imports, statically or lazily, and the others above. */
export function sourcesOf(stage: string): string[] {
  const files = new Set<string>()
  const visit = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    const text = readFileSync(file, 'utf8')
    const eager = text.matchAll(/^(?:import|export)(?! type\b)[^'\n]*(?:\n[^'\n]*)*? from '(\.[^']+\.ts)'/gm)
    const lazy = text.matchAll(/import\('(\.[^']+\.ts)'\)/g)
    for (const [, path] of [...eager, ...lazy]) visit(join(dirname(file), path!))
  }
  visit(join(packageFolder, `src/nx/stages/${stage}.ts`))
  for (const pattern of others[stage] ?? []) {
    for (const file of globSync(pattern, { cwd: packageFolder })) {
      if (file.endsWith('.ts')) visit(join(packageFolder, file))
      else files.add(join(packageFolder, file))
    }
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
