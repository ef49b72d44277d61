import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Tree } from '@nx/devkit'
import type { KnownChange } from '../../domain/leak/changed-lines.ts'
import { leakLines } from '../../domain/leak/leak-text.ts'
import { findLeaks } from '../../domain/leak/leak.ts'
import { IsobenchError } from '../../errors.ts'
import { Analysis } from '../../schema/analysis.ts'
import type { Leak } from '../../schema/leak.ts'
import type { StageContext } from '../context.ts'
import { commitFolders, commitsNamed, contextOf } from './commit-folders.ts'
import { type Log, generator } from './generator.ts'

export interface CheckLeaksOptions {
  readonly project?: string
  /** File with the text, relative to where the command was typed; default: `task` of commit.yaml */
  readonly text?: string
  readonly format?: 'text' | 'json'
}

/** What a text gives away of the change of a commit. */
interface Checked {
  readonly project: string
  readonly leak: Leak
}

/**
 * Compares texts that pose a task with the changes that they ask for: one text with one commit, or the tasks of every
 * commit that has one. Changes no file.
 * @throws IsobenchError `bad-input` after everything is printed, when a text gives the answer away
 */
export async function checkTexts(tree: Tree, options: CheckLeaksOptions, log: Log): Promise<void> {
  const results =
    options.text === undefined ? await checkTasks(tree, options, log) : [await checkText(tree, options, log)]
  log(options.format === 'json' ? JSON.stringify(results, null, 2) : results.flatMap(leakLines).join('\n'))
  const answers = results.filter(({ leak }) => leak.severity === 'answer').map(({ project }) => project)
  if (answers.length === 0) return
  throw new IsobenchError('bad-input', `the text gives the answer away: ${answers.join(', ')}`, {
    hint: 'say what is slow and how it is measured, not what to write; docs/leaks.md says what each rule looks for',
  })
}

export const checkLeaks = generator(checkTexts)

async function checkText(tree: Tree, { project, text: file }: CheckLeaksOptions, log: Log): Promise<Checked> {
  if (project === undefined) {
    throw new IsobenchError('bad-input', `which commit is the text about: ${file}`, { hint: 'name it by `--project`' })
  }
  const [commit] = commitsNamed(tree, [project])
  const context = contextOf(tree, commit!, 'check-leaks', () => {})
  return { project, leak: await leakOf(await textOf(file!), context, log) }
}

async function checkTasks(tree: Tree, { project }: CheckLeaksOptions, log: Log): Promise<Checked[]> {
  const commits = project === undefined ? commitFolders(tree) : commitsNamed(tree, [project])
  const results: Checked[] = []
  for (const commit of commits) {
    const context = contextOf(tree, commit, 'check-leaks', () => {})
    const { task } = await context.commit()
    if (task !== undefined) results.push({ project: commit.name, leak: await leakOf(task, context, log) })
  }
  if (results.length === 0) log('no commit has a `task`; `--text FILE` checks a text of your own')
  return results
}

async function leakOf(text: string, context: StageContext, log: Log): Promise<Leak> {
  const change = await changeOf(context)
  return findLeaks(text, change, await baseTexts(change, context, log))
}

async function textOf(file: string): Promise<string> {
  const path = resolve(process.env['INIT_CWD'] ?? process.cwd(), file)
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new IsobenchError('bad-input', `cannot read the text: ${path}`, { cause })
  }
}

type AnalyzedChange = KnownChange & Pick<Analysis, 'base_commit'>

/** What `analyze` found, or what it would find now. */
async function changeOf(context: StageContext): Promise<AnalyzedChange> {
  if ((await context.output('analysis.json')) !== null) return (await context.artifact(Analysis, 'analysis.json')).value
  const { work } = await import('../stages/analyze.ts')
  return Analysis.parse(JSON.parse((await work(context))['analysis.json'] as string))
}

/** The changed files as they are at base; none where the repository cannot be reached. */
async function baseTexts(
  { files, base_commit: base }: AnalyzedChange,
  context: StageContext,
  log: Log,
): Promise<string[]> {
  if (base === null) return []
  try {
    const git = await context.git()
    const paths = files.map(({ path, old_path: oldPath }) => oldPath ?? path)
    const contents = await Promise.all(paths.map((path) => git.file(base, path)))
    return contents.flatMap((bytes) => (bytes === null ? [] : [new TextDecoder().decode(bytes)]))
  } catch (error) {
    if (!(error instanceof IsobenchError)) throw error
    log(`${context.projectName}: what stands at base but not in the diff may be called new: ${error.message}`)
    return []
  }
}
