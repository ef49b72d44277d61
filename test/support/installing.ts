import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { SideToInstall } from '../../plugins/isobench/src/adapters/environment-store.ts'
import { sha256 } from '../../plugins/isobench/src/adapters/files.ts'
import { cleanEnvironment } from '../../plugins/isobench/src/adapters/process.ts'
import type { Repository } from '../../plugins/isobench/src/schema/repository.ts'
import { type PythonProject, toolsDirectory } from './python-project.ts'

/** A side that is locked and not installed. */
export interface LockedSide {
  readonly side: SideToInstall
  readonly lock: string
}

/** Gets the wheel of a commit from the one source of the project and locks it; it is not installed. */
export async function lockCommit(
  project: PythonProject,
  hash: string,
  settings: Partial<Repository> = {},
): Promise<LockedSide> {
  const environments = project.environments(settings)
  const [source] = project.input(settings).settings.wheels
  const { wheel } = await environments.probe(source!, { hash, commitDate: '2024-01-01T00:00:00Z' })
  const python = await environments.choosePython([wheel!])
  const result = await environments.lock(wheel!, python, '2024-01-08T00:00:00Z')
  if ('unresolvable' in result) throw new Error(result.unresolvable)
  const { lock } = result
  const key = environments.key(lock, python)
  const side = { commit: hash, wheel: wheel!, python: python.version, lock_sha256: sha256(lock), environment_key: key }
  return { side, lock }
}

const program = `
import { createEnvironments } from ${JSON.stringify(join(import.meta.dirname, '../../plugins/isobench/src/adapters/environment-store.ts'))}
const { storeDirectory, toolsDirectory, repository, side, lock } = JSON.parse(process.argv[1])
const git = () => Promise.reject(new Error('no git here'))
const environments = createEnvironments({ storeDirectory, toolsDirectory, repository, git, log: console.error })
const { python } = await environments.ensure(side, lock)
console.log(python)
process.stdin.on('end', () => process.exit(0)).resume()
`

/**
 * Another process that installs a side, prints the path of its interpreter and uses it until its standard input ends.
 * It leads a process group of its own.
 * @param wrapper a command that runs the process, e.g. in another mount namespace
 */
export function installElsewhere(
  project: PythonProject,
  { side, lock }: LockedSide,
  settings: Partial<Repository> = {},
  wrapper: readonly string[] = [],
) {
  const { storeDirectory } = project
  const input = { storeDirectory, toolsDirectory, repository: project.input(settings), side, lock }
  const command = [...wrapper, process.execPath, '--input-type=module', '-e', program, JSON.stringify(input)]
  const options = { reject: false, detached: true, stdin: 'pipe', env: cleanEnvironment(), extendEnv: false } as const
  return execa(command[0]!, command.slice(1), options)
}

/** The processes whose command line names all of these words. */
export async function processesWith(...words: readonly string[]): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    ids.map(async (id) => {
      const line = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '') // it may have ended meanwhile
      return words.every((word) => line.includes(word)) ? [Number(id)] : []
    }),
  )
  return found.flat()
}
