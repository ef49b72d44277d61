import { join } from 'node:path'
import type { CommitLocation } from './create-nodes.ts'

/**
 * Names of the projects that a dataset depends on. A file that cannot be read makes no dependency and no error here:
 * one bad file must not stop every Nx command, and the dataset's own target says what is wrong. Its schema is checked
 * there too, because loading zod takes longer than all else that the graph needs of us.
 */
export async function datasetMembers(
  workspaceRoot: string,
  file: string,
  commits: readonly CommitLocation[],
): Promise<string[]> {
  // Loaded here and not above: a workspace without a dataset pays nothing for the YAML parser.
  const [{ readYaml }, { selectMembers }, { IsobenchError }, { readFile }] = await Promise.all([
    import('../domain/settings.ts'),
    import('../domain/members.ts'),
    import('../errors.ts'),
    import('node:fs/promises'),
  ])
  try {
    const { value } = readYaml(await readFile(join(workspaceRoot, file), 'utf8'), file)
    return selectMembers(patternsOf(value), commits).members.map((commit) => commit.name)
  } catch (error) {
    if (error instanceof IsobenchError) return []
    throw error
  }
}

function patternsOf(settings: unknown): string[] {
  const { commits } = settings as { commits?: unknown }
  return Array.isArray(commits) ? commits.map(String) : []
}
