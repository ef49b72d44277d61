import type { CommitFacts, Git } from '../adapters/git.ts'
import { type Change, analyzeChange, wantsContent } from '../domain/change.ts'
import type { PythonChange } from '../domain/changed-functions.ts'
import { type FileDiff, parseDiff } from '../domain/diff.ts'
import { changeOfExtraction } from '../domain/extracted-change.ts'
import { type Extraction, parseExtraction } from '../domain/extraction.ts'
import { IsobenchError } from '../errors.ts'
import type { Analysis } from '../schema/analysis.ts'
import type { Commit } from '../schema/commit.ts'
import type { Repository } from '../schema/repository.ts'

/** What `analyze` reads. */
export interface AnalyzeInput {
  readonly repository: { readonly name: string; readonly settings: Repository }
  readonly commit: Commit
  /** Text of the extraction that `commit.extraction` names; without it the change is read from git */
  readonly extraction?: string | undefined
}

/** What `analyze` may do. */
export interface AnalyzeEffects {
  /** Opens the mirror; not called where an extraction says all that is needed */
  readonly git: () => Promise<Git>
}

/**
 * Finds out what a commit changes, and whether it can be measured at all.
 * @throws IsobenchError `bad-input` when base and head are one commit or the extraction is not that of the commit,
 *   `commit-not-found` and `repository-unreachable` from git
 */
export async function analyze(
  { repository, commit, extraction }: AnalyzeInput,
  { git }: AnalyzeEffects,
): Promise<Analysis> {
  refuseSameCommit(commit.base, commit.head)
  const change =
    extraction === undefined
      ? await readFromGit(commit, repository.settings, await git())
      : await readFromExtraction(commit, repository.settings, extraction, git)
  refuseSameCommit(change.base, change.head)
  return analyzeChange(change, repository)
}

function refuseSameCommit(base: string | null | undefined, head: string): void {
  if (base !== head) return
  throw new IsobenchError('bad-input', `base and head are the same commit: ${head}`, {
    hint: 'leave `base` out of commit.yaml to compare with the first parent',
  })
}

async function readFromGit(commit: Commit, repository: Repository, git: Git): Promise<Change> {
  const facts = await factsOf(commit.head, git)
  const base = commit.base === undefined ? firstParent(facts) : await git.resolve(commit.base)
  const nothing = { files: [], diffs: [], python: [] }
  const changed = base === null ? nothing : await readChange(base, facts.hash, repository, git)
  const { message, authorDate, commitDate } = facts
  const about = { message, authorDate, commitDate, parents: facts.parents.length }
  return { source: 'git', head: facts.hash, base, ...about, ...changed, claimedApis: [] }
}

async function readChange(base: string, head: string, repository: Repository, git: Git) {
  const [files, patch] = await Promise.all([git.changes(base, head), git.patch(base, head)])
  const diffs = parseDiff(patch)
  const wanted = diffs.filter((diff) => wantsContent(diff, repository))
  return { files, diffs, python: await Promise.all(wanted.map((diff) => withContent(diff, base, head, git))) }
}

async function withContent(diff: FileDiff, base: string, head: string, git: Git): Promise<PythonChange> {
  const read = async (commit: string, path: string) => {
    const bytes = await git.file(commit, path)
    return bytes === null ? null : new TextDecoder().decode(bytes)
  }
  return {
    diff,
    base: diff.change === 'added' ? '' : await read(base, diff.oldPath ?? diff.path),
    head: diff.change === 'deleted' ? '' : await read(head, diff.path),
  }
}

/** Git is asked only for what the extraction does not say: the first parent or the date. */
async function readFromExtraction(
  commit: Commit,
  repository: Repository,
  text: string,
  git: AnalyzeEffects['git'],
): Promise<Change> {
  const extraction = checkedExtraction(commit, text)
  const base = commit.base ?? extraction.base
  const asked = base === null || extraction.commit_date === null ? await factsOf(commit.head, await git()) : null
  return {
    source: 'extraction',
    head: commit.head,
    base: base ?? firstParent(asked!),
    parents: asked?.parents.length ?? 1,
    message: extraction.message,
    authorDate: extraction.author_date ?? asked?.authorDate ?? null,
    commitDate: extraction.commit_date ?? asked!.commitDate,
    ...changeOfExtraction(extraction, repository),
  }
}

function checkedExtraction(commit: Commit, text: string): Extraction {
  const file = commit.extraction?.path ?? 'extraction'
  const extraction = parseExtraction(text, file)
  if (extraction.head === commit.head) return extraction
  throw new IsobenchError('bad-input', `extraction of another commit, ${file}: ${extraction.head}`, {
    hint: `commit.yaml has head ${commit.head}`,
  })
}

async function factsOf(hash: string, git: Git): Promise<CommitFacts> {
  return git.commit(await git.resolve(hash))
}

/** null for a root commit. */
function firstParent(facts: CommitFacts): string | null {
  return facts.parents[0] ?? null
}
