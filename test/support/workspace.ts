import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { cleanEnvironment, run } from '../../plugins/isobench/src/adapters/process.ts'

const root = join(import.meta.dirname, '../..')

/** What one Nx command did. Tasks are `project:target`. */
export interface NxResult {
  readonly exitCode: number | null
  readonly output: string
  /** Tasks whose stage really ran and succeeded. */
  readonly executed: readonly string[]
  /** Tasks that Nx took from its cache. */
  readonly cached: readonly string[]
  readonly failed: readonly string[]
}

/** An Nx command under way. */
export interface RunningNx {
  readonly ended: Promise<{ readonly exitCode: number | null; readonly output: string }>
  /** `kill -9` of Nx and of all that it started. */
  kill(): Promise<void>
}

/** A real Nx workspace in a temporary folder: this repository's plugin, some of its commits, a git history of its own. */
export interface Workspace {
  readonly directory: string
  write(path: string, content: string): Promise<void>
  read(path: string): Promise<string>
  readJson(path: string): Promise<any>
  /** Runs `nx` with these arguments and tells which stages ran. */
  nx(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<NxResult>
  /** Starts `nx` in a process group of its own, to be killed. */
  startNx(args: readonly string[], environment?: Readonly<Record<string, string>>): RunningNx
  git(...args: string[]): Promise<string>
  /** Another checkout of what is committed: no store, no cache, no outputs. */
  clone(): Promise<Workspace>
  /** Paths of the files, relative to the workspace, that hold this text. */
  filesWith(text: string): Promise<string[]>
  remove(): Promise<void>
}

/** Which part of this repository a workspace starts with. */
export interface WorkspaceOptions {
  /** Folders below `commits/` and `datasets/` to copy, e.g. `commits/demo`. */
  readonly copy?: readonly string[]
}

/** A plugin that writes down what Nx did with each task: the count of executions is the incremental test. */
const recorder = `
import { writeFileSync } from 'node:fs'
export const name = 'recorder'
export const postTasksExecution = async (_options, { workspaceRoot, taskResults }) => {
  const tasks = Object.values(taskResults).map(({ task, status }) => ({ id: task.id, status }))
  writeFileSync(workspaceRoot + '/.nx/task-results.json', JSON.stringify(tasks))
}
`

export async function createWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const directory = await mkdtemp(join(tmpdir(), 'isobench-workspace-'))
  await Promise.all(['package.json', '.gitignore', '.env'].map((file) => cp(join(root, file), join(directory, file))))
  await cp(join(root, 'plugins'), join(directory, 'plugins'), {
    recursive: true,
    filter: (path) => !/node_modules|\/dist$|__pycache__/.test(path),
  })
  for (const folder of options.copy ?? []) {
    await cp(join(root, folder), join(directory, folder), { recursive: true, filter: (path) => !path.endsWith('/out') })
  }
  await linkNodeModules(directory)
  const configuration = JSON.parse(await readFile(join(root, 'nx.json'), 'utf8'))
  configuration.plugins = ['./recorder.mjs', { plugin: './plugins/isobench/src/index.ts' }]
  await writeFile(join(directory, 'nx.json'), JSON.stringify(configuration, null, 2))
  await writeFile(join(directory, 'recorder.mjs'), recorder)
  const workspace = methods(directory)
  await workspace.git('init', '--quiet', '--initial-branch=main')
  await workspace.git('add', '--all')
  await workspace.git('commit', '--quiet', '--message', 'start')
  return workspace
}

/** The installed packages of this repository, but the plugin of the workspace itself. */
async function linkNodeModules(directory: string): Promise<void> {
  await mkdir(join(directory, 'node_modules'))
  for (const name of await readdir(join(root, 'node_modules'))) {
    const target = name === 'nx-isobench' ? '../plugins/isobench' : join(root, 'node_modules', name)
    await symlink(target, join(directory, 'node_modules', name))
  }
}

function methods(directory: string): Workspace {
  const at = (path: string): string => join(directory, path)
  return {
    directory,
    write: async (path, content) => {
      await mkdir(dirname(at(path)), { recursive: true })
      await writeFile(at(path), content)
    },
    read: (path) => readFile(at(path), 'utf8'),
    readJson: async (path) => JSON.parse(await readFile(at(path), 'utf8')),
    nx: (args, environment) => nx(directory, args, environment),
    startNx: (args, environment) => startNx(directory, args, environment),
    git: async (...args) => {
      const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
      const result = await run('git', [...identity, ...args], { cwd: directory })
      if (result.exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}`)
      return result.stdout
    },
    clone: async () => {
      const copy = await mkdtemp(join(tmpdir(), 'isobench-workspace-'))
      const result = await run('git', ['clone', '--quiet', directory, copy])
      if (result.exitCode !== 0) throw new Error(`git clone: ${result.stderr}`)
      await linkNodeModules(copy)
      return methods(copy)
    },
    filesWith: async (text) => {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true })
      const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
      const found = await Promise.all(files.map(async (file) => (await readFile(file, 'latin1')).includes(text)))
      return files.filter((_, index) => found[index]).map((file) => relative(directory, file))
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

const program = join(root, 'node_modules/nx/dist/bin/nx.js')
const compiled = process.env['ISOBENCH_TEST_COMPILED'] // by test/support/compiled.ts; a benchmark has none
const settings = {
  ...(compiled !== undefined && { NODE_COMPILE_CACHE: compiled }),
  NX_ISOLATE_PLUGINS: 'false',
  NX_DAEMON: 'false',
  NX_LOAD_DOT_ENV_FILES: 'false',
  NO_COLOR: '1',
  FORCE_COLOR: '0',
}

function startNx(directory: string, args: readonly string[], environment = {}): RunningNx {
  const env = cleanEnvironment({ ...settings, ...environment })
  const child = spawn(process.execPath, [program, ...args], { cwd: directory, env, detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void (output += String(chunk)))
  const ended = new Promise<{ exitCode: number | null; output: string }>((resolve) => {
    child.on('close', (exitCode) => resolve({ exitCode, output }))
  })
  return {
    ended,
    kill: async () => {
      process.kill(-child.pid!, 'SIGKILL')
      await ended
    },
  }
}

async function nx(
  directory: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<NxResult> {
  const results = join(directory, '.nx/task-results.json')
  await rm(results, { force: true })
  const result = await run(process.execPath, [program, ...args], {
    cwd: directory,
    environment: cleanEnvironment({ ...settings, ...environment }),
  })
  const tasks = await readTasks(results)
  const withStatus = (...statuses: string[]): string[] =>
    tasks
      .filter(({ status }) => statuses.includes(status))
      .map(({ id }) => id)
      .toSorted()
  return {
    exitCode: result.exitCode,
    output: result.stdout + result.stderr,
    executed: withStatus('success'),
    cached: withStatus('local-cache', 'local-cache-kept-existing', 'remote-cache'),
    failed: withStatus('failure'),
  }
}

async function readTasks(path: string): Promise<{ id: string; status: string }[]> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return []
  }
}
