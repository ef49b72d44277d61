import type { Tree } from '@nx/devkit'
import { IsobenchError } from '../../errors.ts'
import { DatasetSettings } from '../../schema/dataset-settings.ts'
import { GenerationSettings } from '../../schema/generation-settings.ts'
import { MeasurementSettings } from '../../schema/measurement-settings.ts'
import { type Log, generator } from './generator.ts'
import { findBases } from './import-bases.ts'
import { writeCommits } from './import-commits.ts'
import { type Configuration, readConfiguration } from './import-configuration.ts'
import { readExtractions } from './import-extractions.ts'
import { importTable } from './import-table.ts'
import { repositoryOf } from './import-repository.ts'
import { reportImport } from './import-report.ts'
import { settingsText } from './settings-text.ts'

export interface ImportOptions {
  /** Path of the ancestor's YAML, relative to where the command was typed */
  readonly config?: string
  /** Path of the ancestor's table of pairs, in place of `config` */
  readonly table?: string
  /** Folder of extractions that belong to the table */
  readonly extractions?: string
  readonly repository?: string
  readonly url?: string
  readonly copyExtractions?: boolean
}

/** Takes over the ancestor's configuration and extractions: repository, commit and dataset files. Nothing is dropped silently. */
export async function importConfiguration(tree: Tree, options: ImportOptions, log: Log): Promise<void> {
  if (options.table !== undefined && options.config === undefined) {
    return importTable(tree, { ...options, table: options.table }, log)
  }
  if (options.config === undefined || options.table !== undefined) {
    throw new IsobenchError('bad-input', 'needs exactly one of `--config` and `--table`')
  }
  const workingDirectory = process.env['INIT_CWD'] ?? process.cwd()
  const configuration = await readConfiguration(options.config, workingDirectory, options.repository)
  const folder = await readExtractions(configuration.extractionsDirectory)
  writeRepositorySettings(tree, configuration, options.url, log)
  const bases = await findBases(tree, configuration, folder.files, log)
  const commits = await writeCommits(tree, configuration, folder.files, bases, options.copyExtractions === true)
  writeDataset(tree, configuration, commits.members, log)
  reportImport(tree, configuration, folder, commits, log)
}

export const importAncestor = generator(importConfiguration)

function writeRepositorySettings(tree: Tree, configuration: Configuration, url: string | undefined, log: Log): void {
  const folder = `commits/${configuration.repository}`
  const { repository, measurement } = repositoryOf(tree, configuration.repository, url)
  writeIfAbsent(tree, `${folder}/repository.yaml`, repository, log)
  const generation = `${folder}/generation.yaml`
  const remarks =
    configuration.generation.model === undefined ? ['Without a provider and a model only reviewed tests are used.'] : []
  writeIfAbsent(tree, generation, settingsText(GenerationSettings, generation, configuration.generation, remarks), log)
  const measured = `${folder}/measurement.yaml`
  writeIfAbsent(tree, measured, settingsText(MeasurementSettings, measured, measurement), log)
}

function writeDataset(tree: Tree, { dataset }: Configuration, members: readonly string[], log: Log): void {
  if (members.length === 0) return
  const file = `datasets/${dataset.name}/dataset.yaml`
  const text = settingsText(DatasetSettings, file, { commits: [...members], ...dataset.settings })
  writeIfAbsent(tree, file, text, log)
}

/** A file that is there stays as it is: a person may have edited it. */
function writeIfAbsent(tree: Tree, file: string, text: string, log: Log): void {
  const present = tree.read(file, 'utf8')
  if (present === null) tree.write(file, text)
  else if (present !== text) log(`left as it is, it differs from what would be imported: ${file}`)
}
