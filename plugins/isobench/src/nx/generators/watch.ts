import { join } from 'node:path'
import { type GeneratorCallback, type Tree } from '@nx/devkit'
import { readTextIfPresent } from '../../adapters/files.ts'
import { selectMembers } from '../../domain/members.ts'
import { parseSettings, settingsError } from '../../domain/settings.ts'
import { watchedRecords } from '../../domain/watched-records.ts'
import { IsobenchError } from '../../errors.ts'
import { DatasetSettings } from '../../schema/dataset-settings.ts'
import { type CommitLocation, commitOf } from '../create-nodes.ts'
import { commitFolders } from './commit-folders.ts'
import { type Log, generator } from './generator.ts'
import { mineCommits } from './mine.ts'
import { runProjects } from './run-projects.ts'
import { tell } from './watch-tell.ts'

export interface WatchOptions {
  readonly dataset: string
}

/** Exit code when regressions are open; 1 is that something could not be done. */
const regressionsOpen = 2

/**
 * Mines the repositories that a dataset names as a whole and that have a `mining.yaml`, runs the commits of the dataset
 * that have no record, and tells which commits became slower. With `--dry-run` it says what is new and does nothing else.
 */
async function watchDataset(tree: Tree, { dataset }: WatchOptions, log: Log): Promise<GeneratorCallback> {
  const file = `datasets/${dataset}/dataset.yaml`
  const settings = datasetSettings(tree, file)
  const mined: GeneratorCallback[] = []
  for (const repository of wholeRepositories(settings)) {
    if (tree.exists(`commits/${repository}/mining.yaml`)) mined.push(await mineCommits(tree, { repository }, log))
  }
  const members = membersOf(tree, settings, file)
  const names = await withoutRecord(tree.root, members)
  log(`${dataset}: ${members.length} commits, ${names.length} of them without a record`)
  return async () => {
    for (const finish of mined) await finish()
    const succeeded = names.length === 0 || (await runProjects(tree.root, names, log))
    const texts = members.map(async ({ name, file: place }) => ({ name, text: await recordText(tree.root, place) }))
    const watched = watchedRecords(await Promise.all(texts))
    const isOpen = await tell({ root: tree.root, dataset, settings, ...watched }, log)
    // Nx ends with 0 for a callback that returns, and with 1 for one that throws: another code can be set only at the end.
    if (isOpen) process.once('exit', () => (process.exitCode = regressionsOpen))
    else if (!succeeded) {
      throw new IsobenchError('bad-input', `commits could not be run: ${watched.notRun.join(', ')}`, {
        hint: 'what their stages said stands above; the next run takes them again',
      })
    }
  }
}

export const watch = generator(watchDataset)

function datasetSettings(tree: Tree, file: string): DatasetSettings {
  const text = tree.read(file, 'utf8')
  if (text !== null) return parseSettings(DatasetSettings, text, file)
  throw new IsobenchError('bad-input', `no such dataset: ${file}`, { hint: 'a dataset is a folder below datasets/' })
}

function wholeRepositories({ commits }: DatasetSettings): string[] {
  return [...new Set(commits.filter((each) => /^[^/]+(\/\*)?$/.test(each)).map((each) => each.replace('/*', '')))]
}

function membersOf(tree: Tree, settings: DatasetSettings, file: string): CommitLocation[] {
  const commits = commitFolders(tree).map(({ root }) => commitOf(`${root}/commit.yaml`))
  const { members, unknown } = selectMembers(settings.commits, commits)
  const [missing] = unknown
  if (missing === undefined) return members
  throw settingsError(
    tree.read(file, 'utf8') ?? '',
    file,
    ['commits', missing.index],
    `no such commit in this workspace: ${missing.pattern}`,
  )
}

async function withoutRecord(root: string, members: readonly CommitLocation[]): Promise<string[]> {
  const texts = await Promise.all(members.map(({ file }) => recordText(root, file)))
  return members.filter((_, index) => texts[index] === undefined).map(({ name }) => name)
}

function recordText(root: string, file: string): Promise<string | undefined> {
  return readTextIfPresent(join(root, file, '../out/record.json'))
}
