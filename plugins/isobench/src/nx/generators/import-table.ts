import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { Tree } from '@nx/devkit'
import { readTextIfPresent } from '../../adapters/files.ts'
import { subjectFlags } from '../../domain/candidate.ts'
import { type TablePair, pairNotes, parseCommitTable } from '../../domain/commit-table.ts'
import { parseExtraction } from '../../domain/extraction.ts'
import { parseSettings } from '../../domain/settings.ts'
import { type JudgedPair, comparisonLines } from '../../domain/table-comparison.ts'
import { wheelLayoutOf } from '../../domain/wheel-eras.ts'
import { IsobenchError } from '../../errors.ts'
import type { Commit } from '../../schema/commit.ts'
import { DatasetSettings } from '../../schema/dataset-settings.ts'
import { GenerationSettings } from '../../schema/generation-settings.ts'
import { MeasurementSettings } from '../../schema/measurement-settings.ts'
import { Repository } from '../../schema/repository.ts'
import { analyze } from '../../stages/analyze.ts'
import type { Log } from './generator.ts'
import { type Written, extractionAt, writeCommit } from './import-commits.ts'
import { repositoryOf } from './import-repository.ts'
import { settingsText, plainText } from './settings-text.ts'

export interface TableOptions {
  /** Path of the table, relative to where the command was typed */
  readonly table: string
  /** Folder with `<repository>/<head>.json`; default: `extractions` beside the table */
  readonly extractions?: string
  readonly copyExtractions?: boolean
}

/**
 * Takes over the ancestor's table of pairs: repository, commit and dataset files. Says of every row what became of it,
 * and what filter and prediction say of the pairs beside what the table says. A file that is there is never overwritten.
 */
export async function importTable(tree: Tree, options: TableOptions, log: Log): Promise<void> {
  const path = resolve(process.env['INIT_CWD'] ?? process.cwd(), options.table)
  const content = await readTextIfPresent(path)
  if (content === undefined) throw new IsobenchError('bad-input', `no such file: ${path}`)
  const { pairs, invalid } = parseCommitTable(content, options.table)
  const folder =
    options.extractions === undefined
      ? join(dirname(path), 'extractions')
      : resolve(process.env['INIT_CWD'] ?? process.cwd(), options.extractions)
  for (const name of new Set(pairs.map(({ repo }) => repo))) writeRepository(tree, name)

  const written: Written[] = []
  const judged: JudgedPair[] = []
  for (const pair of pairs) {
    const extraction = await readExtraction(folder, pair)
    const repository = settingsOf(tree, pair.repo)
    written.push(await writePair(tree, pair, extraction, options.copyExtractions === true))
    judged.push(await judge(pair, repository, extraction))
  }
  report(written, invalid, judged, log)
}

interface FoundExtraction {
  readonly path: string
  readonly text: string
}

async function readExtraction(folder: string, { repo, head }: TablePair): Promise<FoundExtraction | null> {
  const path = join(folder, repo, `${head}.json`)
  const text = await readTextIfPresent(path)
  return text === undefined ? null : { path, text }
}

function settingsOf(tree: Tree, name: string): Repository {
  const file = `commits/${name}/repository.yaml`
  return parseSettings(Repository, tree.read(file, 'utf8')!, file)
}

/** The files of a repository that are not there yet, and a dataset of all its commits. */
function writeRepository(tree: Tree, name: string): void {
  const { repository, measurement } = repositoryOf(tree, name, undefined)
  const folder = `commits/${name}`
  const texts = {
    [`${folder}/repository.yaml`]: () => repository,
    [`${folder}/generation.yaml`]: (file: string) =>
      settingsText(GenerationSettings, file, {}, ['Without a provider and a model only reviewed tests are used.']),
    [`${folder}/measurement.yaml`]: (file: string) => settingsText(MeasurementSettings, file, measurement),
    [`datasets/${name}/dataset.yaml`]: (file: string) => settingsText(DatasetSettings, file, { commits: [name] }),
  }
  for (const [file, text] of Object.entries(texts)) if (!tree.exists(file)) tree.write(file, text(file))
}

async function writePair(
  tree: Tree,
  pair: TablePair,
  extraction: FoundExtraction | null,
  copy: boolean,
): Promise<Written> {
  const folder = `commits/${pair.repo}/${pair.head.slice(0, 8)}`
  const bytes = Buffer.from(extraction?.text ?? '')
  const inside = extraction === null ? null : await pathInside(tree, extraction.path)
  const path = inside ?? (copy && extraction !== null ? `${folder}/extraction.json` : null)
  const claim = plainText(pair.subject, 2000)
  const notes = plainText(pairNotes(pair), 20_000)
  const settings: Commit = {
    head: pair.head,
    ...(claim === '' ? {} : { claim }),
    ...(path === null ? {} : { extraction: extractionAt(path, bytes) }),
    ...(notes === '' ? {} : { notes }),
  }
  const result = writeCommit(tree, `${folder}/commit.yaml`, `${pair.repo} ${pair.head}`, pair.base, settings)
  if (result.kind === 'imported' && path !== null && inside === null) tree.write(path, bytes)
  return result
}

/** The path relative to the workspace with `/`, or null where it lies outside. */
async function pathInside(tree: Tree, path: string): Promise<string | null> {
  const found = relative(await realpath(tree.root), await realpath(path))
  return found.startsWith(`..${sep}`) || isAbsolute(found) ? null : found.replaceAll(sep, '/')
}

/** By the whole change where an extraction has it, else by the subject alone; wheels by the settings and the date. */
async function judge(pair: TablePair, settings: Repository, extraction: FoundExtraction | null): Promise<JudgedPair> {
  const hostsWheels = settings.wheels.some(({ kind }) => kind === 'wheel-index')
  const wheels = !hostsWheels
    ? settings.wheels[0]!.kind
    : pair.date === ''
      ? 'no date'
      : `by commit, ${wheelLayoutOf(pair.date)}`
  if (extraction === null) return { pair, read: 'subject', flags: subjectFlags(pair.subject), wheels }
  parseExtraction(extraction.text, extraction.path)
  const { flags } = await analyze(
    {
      repository: { name: pair.repo, settings },
      commit: { head: pair.head, base: pair.base },
      extraction: extraction.text,
    },
    { git: () => Promise.reject(new IsobenchError('bad-input', `the extraction has no date: ${extraction.path}`)) },
  )
  return { pair, read: 'change', flags, wheels }
}

function report(
  written: readonly Written[],
  invalid: readonly string[],
  judged: readonly JudgedPair[],
  log: Log,
): void {
  const of = (kind: Written['kind']) => written.filter((each) => each.kind === kind)
  const refused = [...invalid, ...of('refused').map(({ line }) => line)]
  for (const line of refused) log(`invalid: ${line}`)
  for (const { line } of of('leftAsTheyAre')) log(`left as it is: ${line}`)
  const counts = [
    `imported: ${of('imported').length}`,
    `already there: ${of('alreadyThere').length}`,
    `left as they are: ${of('leftAsTheyAre').length}`,
    `invalid: ${refused.length}`,
  ]
  log(`rows: ${written.length + invalid.length} (${counts.join(', ')})`)
  if (judged.length === 0) return
  log(['', ...comparisonLines(judged), ''].join('\n'))
  log(
    'Columns are what the table says. The filter read extractions and subjects, the wheels are predicted by date: no repository and no host was asked. `npx nx g nx-isobench:probe` asks them.',
  )
}
