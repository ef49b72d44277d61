import type { Tree } from '@nx/devkit'
import type { ImportedCommits } from './import-commits.ts'
import type { Configuration } from './import-configuration.ts'
import type { ExtractionFolder } from './import-extractions.ts'
import type { Log } from './generator.ts'

/** Says what became of every file, and keeps the list of commits without a base beside them. */
export function reportImport(
  tree: Tree,
  configuration: Configuration,
  folder: ExtractionFolder,
  commits: ImportedCommits,
  log: Log,
): void {
  const invalid = [...folder.invalid, ...commits.refused]
  for (const line of configuration.notCarriedOver) log(line)
  for (const name of folder.others) log(`not a JSON file: ${name}`)
  for (const line of invalid) log(`invalid: ${line}`)
  for (const line of commits.leftAsTheyAre) log(`left as it is: ${line}`)
  for (const line of commits.unresolved) log(`unresolved: ${line}`)
  if (commits.reliesOnGit) log(reliesOnGit)
  writeUnresolved(tree, configuration, commits.unresolved)
  const counts = [
    `imported: ${commits.imported.length}`,
    `already there: ${commits.alreadyThere.length}`,
    `left as they are: ${commits.leftAsTheyAre.length}`,
    `invalid: ${invalid.length}`,
  ]
  const files = folder.files.length + folder.invalid.length
  log(`extraction files: ${files} (${counts.join(', ')}); commits without a base: ${commits.unresolved.length}`)
}

const reliesOnGit =
  'the extractions lie outside the workspace, so the commits are read from git; `--copy-extractions` copies them beside the commits'

function writeUnresolved(tree: Tree, { repository }: Configuration, unresolved: readonly string[]): void {
  const file = `commits/${repository}/unresolved.md`
  if (unresolved.length > 0) {
    const lines = unresolved.map((line) => `- ${line}\n`).join('')
    const text = `# Commits without a base\n\nTheir extraction names no parent and no clone was there to ask. \`analyze\` takes the first parent from git where the\nrepository can be reached; a \`base\` in \`commit.yaml\` settles it.\n\n${lines}`
    tree.write(file, text)
  } else if (tree.exists(file)) tree.delete(file)
}
