import { run } from '../../adapters/process.ts'
import type { Log } from './generator.ts'

/**
 * Brings the records of these projects about, in another process of the Nx that runs this one: the graph of this one does
 * not know projects that were added just now.
 * @returns whether all succeeded
 */
export async function runProjects(root: string, names: readonly string[], log: Log): Promise<boolean> {
  const [node, nx] = process.argv as [string, string]
  const { exitCode, stderr } = await run(node, [nx, 'run-many', '-t', 'assemble', '-p', names.join(',')], {
    cwd: root,
    environment: defined(process.env),
    onLine: log,
  })
  if (stderr.trim() !== '') log(stderr.trim())
  return exitCode === 0
}

/** What a stage may need stands in the environment: keys of models, paths of tools. */
function defined(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] != null))
}
