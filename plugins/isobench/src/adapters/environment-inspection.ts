import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type InstalledFacts, type PrintedFacts, factsOf } from '../domain/identity.ts'
import { IsobenchError } from '../errors.ts'
import { cleanEnvironment, run } from './process.ts'

const question = fileURLToPath(new URL('../../harness/installed.py', import.meta.url))

/**
 * Asks an environment what it holds. It is asked in isolated mode, so neither the current folder nor variables can
 * shadow what is installed, and the package itself is not run.
 * @param python interpreter of the environment
 * @param wheel the wheel file that its files are compared with
 * @param emptyFolder where the question is asked
 */
export async function inspectEnvironment(
  python: string,
  distribution: string,
  importName: string,
  wheel: string,
  emptyFolder: string,
): Promise<InstalledFacts> {
  const environment = dirname(dirname(python))
  const result = await run(python, ['-I', '-B', question, distribution, importName, wheel, environment], {
    cwd: emptyFolder,
    environment: cleanEnvironment(),
    timeoutSeconds: 600,
  })
  if (result.exitCode === 0) return factsOf(JSON.parse(result.stdout) as PrintedFacts)
  throw new IsobenchError(
    'corrupt-artifact',
    `cannot inspect the environment: ${result.stderr.trim().split('\n').at(-1)}`,
    {
      hint: 'delete the environment store and run the target again',
      cause: result.stderr,
    },
  )
}
