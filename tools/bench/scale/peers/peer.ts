import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { cleanEnvironment, run } from '../../../../plugins/isobench/src/adapters/process.ts'

/** A build tool that is no part of this repository. */
export interface Peer {
  readonly name: string
  /** Brings the tool into a folder, unless it is there or on the `PATH`. @throws Error that says why it is not to be had */
  install(folder: string): Promise<PeerTool>
}

/** A tool that is there. */
export interface PeerTool {
  /** Writes what the tool must know of the graph. The commits, the prompt and empty `out` folders are there. */
  describe(project: PeerProject): Promise<void>
  /** Makes everything that is not current. */
  readonly build: Command
  /** Takes outputs that are there for current, as after a full build, where that build would take too long. */
  readonly adopt?: readonly Command[]
}

/** A program with its arguments, run in the folder of the project. */
export interface Command {
  readonly line: readonly [string, ...string[]]
  readonly environment?: Readonly<Record<string, string>>
}

/** The same commits as ours, at the same paths, in a folder of the peer's own. */
export interface PeerProject {
  readonly directory: string
  /** Folder names of the commits below `commits/bench` */
  readonly commits: readonly string[]
  write(path: string, text: string): Promise<void>
}

export const commitsFolder = 'commits/bench'
export const datasetOutput = 'datasets/all/out/records.jsonl'

export function openProject(directory: string, commits: readonly string[]): PeerProject {
  return {
    directory,
    commits,
    write: async (path, text) => {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), text)
    },
  }
}

/** Outputs that were written since then, in milliseconds since 1970: the count of tasks that a peer really ran. */
export async function countWritten({ directory, commits }: PeerProject, since: number): Promise<number> {
  const folders = [...commits.map((commit) => `${commitsFolder}/${commit}/out`), dirname(datasetOutput)]
  const counts = await Promise.all(
    folders.map(async (folder) => {
      const files = (await readdir(join(directory, folder))).filter((name) => /\.(jsonl?|py)$/.test(name))
      const stats = await Promise.all(files.map((file) => stat(join(directory, folder, file))))
      return stats.filter(({ mtimeMs }) => mtimeMs >= since).length
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Runs a command that must succeed. @throws Error with the end of what it said */
export async function succeed(
  [file, ...args]: Command['line'],
  options: {
    readonly cwd: string
    readonly environment?: Readonly<Record<string, string>>
    readonly timeoutSeconds?: number
  },
): Promise<string> {
  const result = await run(file, args, { ...options, environment: cleanEnvironment(options.environment) })
  const command = [file, ...args].join(' ').slice(0, 100)
  if (result.timedOut) throw new Error(`${command}: not ended after ${options.timeoutSeconds} s`)
  if (result.exitCode !== 0)
    throw new Error(`${command}: exit ${result.exitCode}: ${(result.stdout + result.stderr).slice(-500).trim()}`)
  return result.stdout
}

/** The program of a Debian package, from the `PATH` or unpacked into a folder. */
export async function debianProgram(program: string, packageName: string, folder: string): Promise<string> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((each) => join(each, program))
  const found = onPath.find((path) => existsSync(path))
  if (found !== undefined) return found
  await mkdir(folder, { recursive: true })
  await succeed(['apt-get', 'download', packageName], { cwd: folder })
  const archive = (await readdir(folder)).find((name) => name.startsWith(`${packageName}_`))!
  await succeed(['dpkg-deb', '--extract', archive, '.'], { cwd: folder })
  return join(folder, 'usr/bin', program)
}

/** The program of a Python package in a virtual environment of its own. */
export async function pythonProgram(program: string, requirement: string, folder: string): Promise<string> {
  const environment = join(folder, 'environment')
  const installed = join(environment, 'bin', program)
  if (existsSync(installed)) return installed
  await mkdir(folder, { recursive: true })
  await succeed(['python3', '-m', 'venv', environment], { cwd: folder })
  await succeed([join(environment, 'bin/pip'), 'install', '--quiet', requirement], { cwd: folder, timeoutSeconds: 600 })
  return installed
}

/** The program of an npm package below a folder. */
export async function npmProgram(program: string, specifier: string, folder: string): Promise<string> {
  const installed = join(folder, 'node_modules/.bin', program)
  if (existsSync(installed)) return installed
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  await succeed(['npm', 'install', '--no-audit', '--no-fund', specifier], { cwd: folder, timeoutSeconds: 600 })
  return installed
}

/** Writes an executable script. */
export async function writeScript(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  await chmod(path, 0o755)
}
