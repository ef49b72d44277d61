import { join } from 'node:path'
import { readTextIfPresent, writeAtomically } from '../plugins/isobench/src/adapters/files.ts'
import { IsobenchError } from '../plugins/isobench/src/errors.ts'
import { outcomesDocument } from './documents/outcomes.ts'
import { recordDocument } from './documents/record.ts'
import { settingsDocument } from './documents/settings.ts'
import { testRulesDocument } from './documents/test-rules.ts'
import { jsonSchemas } from './json-schemas.ts'
import { stageVersionsFile } from './stage-versions.ts'

const workspaceRoot = join(import.meta.dirname, '..')

/**
 * Every generated file by its path in the workspace, as it should be. Each ends with a newline.
 * @param keepVersions leaves the versions of stages whose sources changed as they are: for an edit that changes no result
 */
export function generatedFiles(keepVersions = false): Map<string, string> {
  const schemas = [...jsonSchemas()].map(
    ([name, schema]) => [`plugins/isobench/schemas/${name}.json`, `${JSON.stringify(schema, null, 2)}\n`] as const,
  )
  return new Map([
    ...schemas,
    ['docs/record.md', recordDocument()],
    ['docs/outcomes.md', outcomesDocument()],
    ['docs/settings.md', settingsDocument()],
    ['docs/test-rules.md', testRulesDocument()],
    ['plugins/isobench/stages.json', stageVersionsFile(keepVersions)],
  ])
}

/** Paths of the files below `root` that are missing or are not as they should be. */
export async function staleFiles(root: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const states = await Promise.all(
    [...files].map(async ([path, text]) => ({ path, fresh: (await readTextIfPresent(join(root, path))) === text })),
  )
  return states.filter(({ fresh }) => !fresh).map(({ path }) => path)
}

/** Writes the generated files below `root` that are not as they should be, or with `check` says which those are. */
export async function generate(
  root: string,
  { check, keepVersions = false }: { check: boolean; keepVersions?: boolean },
): Promise<string[]> {
  const files = generatedFiles(keepVersions)
  const stale = await staleFiles(root, files)
  if (check && stale.length > 0) {
    throw new IsobenchError('bad-input', `generated files are stale: ${stale.join(', ')}`, {
      hint: 'run `npm run generate`',
    })
  }
  for (const path of stale) await writeAtomically(join(root, path), files.get(path)!)
  return stale
}

if (import.meta.main) {
  try {
    const written = await generate(workspaceRoot, {
      check: process.argv.includes('--check'),
      keepVersions: process.argv.includes('--keep-versions'),
    })
    for (const path of written) console.log(`wrote ${path}`)
  } catch (error) {
    if (!(error instanceof IsobenchError)) throw error
    console.error(error.format())
    process.exitCode = 1
  }
}
