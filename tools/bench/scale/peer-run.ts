import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { median } from '../../../plugins/isobench/src/domain/hodges-lehmann.ts'
import {
  type Command,
  type Peer,
  type PeerProject,
  type PeerTool,
  commitsFolder,
  countWritten,
  datasetOutput,
  openProject,
  succeed,
} from './peers/peer.ts'
import { lineOf, pathOf, promptFile, trivialStages } from './stages.ts'
import { commitFolders, commitLine } from './workspaces.ts'

/** What is timed of a peer, in seconds; a text says why there is no figure. */
export interface PeerTimes {
  readonly name: string
  readonly cold: number | string
  readonly nothingChanged: number | string
  readonly oneChanged: number | string
  readonly promptChanged: number | string
}

/** Names a folder that keeps installed peers for the next time. */
const toolsVariable = 'ISOBENCH_BENCH_TOOLS'

/** Longer than this and a peer's build is given up. */
const limitSeconds = 900

/** The peer over so many commits. Builds that take minutes are left out unless `slow`; then the outputs are adopted. */
export async function timePeer(peer: Peer, commits: number): Promise<PeerTimes> {
  const folder = await mkdtemp(join(tmpdir(), 'isobench-peer-'))
  try {
    const tool = await peer.install(join(process.env[toolsVariable] ?? folder, peer.name.replaceAll(' ', '-')))
    const project = openProject(join(folder, 'project'), commitFolders(commits))
    await writeSources(project)
    await tool.describe(project)
    return { name: peer.name, ...(await timeTool(tool, project)) }
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error)
    return { name: peer.name, cold: reason, nothingChanged: reason, oneChanged: reason, promptChanged: reason }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function timeTool(tool: PeerTool, project: PeerProject): Promise<Omit<PeerTimes, 'name'>> {
  const all = trivialStages.length * project.commits.length + 1
  const cold = tool.adopt === undefined ? await timeBuild(tool, project, all) : await adopt(tool.adopt, project)
  const nothing = [0, 1, 2].map(() => () => timeBuild(tool, project, 0))
  const nothingChanged = await medianOf(nothing)
  const oneChanged = await medianOf(
    [1, 2, 3].map((revision) => async () => {
      const [commit] = project.commits as [string]
      await project.write(`${commitsFolder}/${commit}/commit.yaml`, commitLine(commit, revision))
      return timeBuild(tool, project, trivialStages.length + 1)
    }),
  )
  await project.write(`${commitsFolder}/${promptFile}`, '"second prompt"\n')
  const promptChanged = await timeBuild(tool, project, 3 * project.commits.length + 1).catch((error) => error.message)
  return { cold, nothingChanged, oneChanged, promptChanged }
}

async function medianOf(rounds: readonly (() => Promise<number>)[]): Promise<number> {
  const times: number[] = []
  for (const round of rounds) times.push(await round())
  return median(times)
}

/** @returns seconds. @throws Error when another number of tasks was run than should have been */
async function timeBuild({ build }: PeerTool, project: PeerProject, expected: number): Promise<number> {
  const since = Date.now()
  const start = performance.now()
  await execute(build, project)
  const seconds = (performance.now() - start) / 1000
  const written = await countWritten(project, since)
  if (written !== expected) throw new Error(`${written} tasks run, expected ${expected}`)
  return seconds
}

async function execute({ line, environment = {} }: Command, { directory }: PeerProject): Promise<void> {
  await succeed(line, { cwd: directory, environment, timeoutSeconds: limitSeconds })
}

/** Writes the outputs of a full build and has the tool take them for its own. @returns why a cold build was not timed */
async function adopt(commands: readonly Command[], project: PeerProject): Promise<string> {
  const at = (path: string): string => join(project.directory, path)
  const records: string[] = []
  for (const commit of project.commits) {
    const folder = `${commitsFolder}/${commit}`
    const folders = { commit: at(folder), out: at(`${folder}/out`), all: at(commitsFolder) }
    for (const { name, inputs } of trivialStages) {
      const texts = await Promise.all(inputs.map((input) => readFile(pathOf(input, folders), 'utf8')))
      await writeFile(pathOf(name, folders), lineOf(name, texts))
    }
    records.push(await readFile(pathOf('assemble', folders), 'utf8'))
  }
  await project.write(datasetOutput, records.join(''))
  for (const command of commands) await execute(command, project)
  return 'not run: the outputs were adopted'
}

async function writeSources(project: PeerProject): Promise<void> {
  for (const commit of project.commits) {
    await project.write(`${commitsFolder}/${commit}/commit.yaml`, commitLine(commit))
    await mkdir(join(project.directory, commitsFolder, commit, 'out'), { recursive: true })
  }
  await mkdir(join(project.directory, dirname(datasetOutput)), { recursive: true })
  await project.write(`${commitsFolder}/${promptFile}`, '"first prompt"\n')
}
