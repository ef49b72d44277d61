import type { Git } from '../../plugins/isobench/src/adapters/git.ts'
import { Analysis } from '../../plugins/isobench/src/schema/analysis.ts'
import type { Commit } from '../../plugins/isobench/src/schema/commit.ts'
import { analyze } from '../../plugins/isobench/src/stages/analyze.ts'
import { bundled, newRepository, repositorySettings } from './git-fixture.ts'
import type { CommitOptions } from './repository.ts'

/** The repository `text`: one module, which the commits of the tests change. */
export const textRepository = { name: 'text', settings: repositorySettings({ bundle: 'text.bundle' }) }
export const wordsBefore = 'def words(text):\n    return text.split()\n'
export const wordsAfter = 'def words(text):\n    # once is enough\n    return text.split(None)\n'

/** For analyses that must do without git. */
export function noGit(): Promise<Git> {
  return Promise.reject(new Error('git must not be asked'))
}

/** Analyzes a commit of a real repository; the result must fit the schema. */
export async function analyzed(git: Git, commit: Commit): Promise<Analysis> {
  return Analysis.parse(await analyze({ repository: textRepository, commit }, { git: async () => git }))
}

/** A repository with one commit (`text/words.py` and `files`), and the analysis of the next one. */
export async function analyzedSecond(options: CommitOptions, files: CommitOptions['files'] = {}): Promise<Analysis> {
  const made = await newRepository()
  await made.commit({ files: { 'text/words.py': wordsBefore, ...files } })
  const head = await made.commit(options)
  return analyzed(await bundled(made), { head })
}
