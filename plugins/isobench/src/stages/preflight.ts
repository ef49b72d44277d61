import type { Environments, Located, PeekedWheel } from '../adapters/environment-store.ts'
import type { Git, KnownCommit } from '../adapters/git.ts'
import { problemOf, withHint } from '../domain/preflight.ts'
import { IsobenchError } from '../errors.ts'
import type { Commit } from '../schema/commit.ts'
import type { Side } from '../schema/outcome.ts'
import {
  type PreflightCommit,
  type PreflightProblem,
  PreflightReason,
  type PreflightSide,
} from '../schema/preflight.ts'
import type { RepositoryInput } from '../schema/repository.ts'
import { type Peek, sharedProbes } from './shared-probes.ts'
import { type Climbed, climb } from './wheel-ladder.ts'

/** A commit of the workspace: what its settings say, and what it can reach. */
export interface CommitProject {
  readonly projectName: string
  readonly git: () => Promise<Git>
  repository(): Promise<RepositoryInput>
  commit(): Promise<Commit>
  environments(): Promise<Environments>
}

/** So many commits are looked at at once, each with a request for base and one for head. */
const atOnce = 16

/**
 * Walks the wheel ladder for base and head of every commit, and installs, builds, fetches and writes nothing but the
 * mirror of the repository. What stands against a commit is in its answer; only what stands against all of them is thrown.
 * @param projects commits of one repository
 * @param done called after each commit
 */
export async function preflight(
  projects: readonly CommitProject[],
  done: (commit: PreflightCommit) => void,
): Promise<PreflightCommit[]> {
  const [first] = projects
  if (first === undefined) return []
  const shared = await orProblem(async () => {
    const [repository, environments] = await Promise.all([first.repository(), first.environments()])
    return { repository, peek: sharedProbes(environments), known: await knownCommits(projects, await first.git()) }
  })
  return inParallel(projects, async (project) => {
    const answer = isProblem(shared) ? lost(project, shared) : await probe(project, shared)
    done(answer)
    return answer
  })
}

interface Shared {
  readonly repository: RepositoryInput
  readonly peek: Peek
  readonly known: ReadonlyMap<string, KnownCommit>
}

/** The commits that all settings name, and the first parents where no base is named, as far as the mirror has them. */
async function knownCommits(projects: readonly CommitProject[], git: Git): Promise<Map<string, KnownCommit>> {
  const settings = await Promise.all(projects.map((project) => orProblem(() => project.commit())))
  const commits = settings.filter((each): each is Commit => !isProblem(each))
  const named = commits.flatMap(({ base, head }) => (base === undefined ? [head] : [base, head]))
  const known = await git.known([...new Set(named)])
  const parents = commits.flatMap(({ base, head }) =>
    base === undefined ? (known.get(head)?.parents.slice(0, 1) ?? []) : [],
  )
  return new Map([...known, ...(await git.known([...new Set(parents)]))])
}

async function probe(project: CommitProject, { repository, peek, known }: Shared): Promise<PreflightCommit> {
  const sides = await orProblem(async () => {
    const commit = await project.commit()
    const facts = async (hash: string) => known.get(hash) ?? lookUp(await project.git(), hash)
    const head = await facts(commit.head)
    const base = commit.base ?? head.parents[0]
    if (base === undefined) {
      return withHint({ reason: 'no-base', side: null, message: `the commit has no parent: ${head.hash}` })
    }
    return { base: await facts(base), head, python: commit.python ?? repository.settings.python }
  })
  return isProblem(sides) ? lost(project, sides) : climbBoth(project, repository, peek, sides)
}

async function lookUp(git: Git, hash: string): Promise<KnownCommit> {
  return git.commit(await git.resolve(hash))
}

interface Sides extends Readonly<Record<Side, KnownCommit>> {
  readonly python: string | undefined
}

async function climbBoth(
  project: CommitProject,
  { settings }: RepositoryInput,
  peek: Peek,
  { base, head, python }: Sides,
): Promise<PreflightCommit> {
  const failures = new Map<Side, PreflightProblem>()
  const ladder = await climb(settings.wheels, { base: 'base', head: 'head' } as const, async (source, side: Side) => {
    const nothing = { wheel: null, attempts: [], buildFailure: null }
    if (failures.size > 0) return nothing // what comes after would be asked in vain: the answer is not known
    const answer = await orProblem(() => peek(source, side === 'base' ? base : head, python), side)
    if (!isProblem(answer)) return answer
    failures.set(side, answer)
    return nothing
  })
  const seen = { base: { ...base, ...ladder.base }, head: { ...head, ...ladder.head } }
  const problem =
    failures.get('base') ??
    failures.get('head') ??
    problemOf(settings.package.name, seen, new Date()) ??
    (await pythonProblem(project, seen.base.wheel!, seen.head.wheel!, python))
  return { project: project.projectName, base: sideOf(seen.base), head: sideOf(seen.head), problem }
}

type Wheel = Located<PeekedWheel>

async function pythonProblem(project: CommitProject, base: Wheel, head: Wheel, python: string | undefined) {
  const environments = await project.environments()
  const chosen = await orProblem(() => environments.choosePython([base, head], python))
  return isProblem(chosen) ? chosen : null
}

function sideOf({ hash, wheel, attempts }: KnownCommit & Climbed<Wheel>): PreflightSide {
  const { rung = null, location = null, version = null } = wheel ?? {}
  return { commit: hash, rung, location, version, attempts: [...attempts] }
}

function lost({ projectName }: CommitProject, problem: PreflightProblem): PreflightCommit {
  return { project: projectName, base: null, head: null, problem }
}

/** What the work gives, or the problem that it met. Errors that are no fault of a commit are thrown on. */
async function orProblem<Value>(work: () => Promise<Value>, side: Side | null = null) {
  try {
    return await work()
  } catch (error) {
    const reason = error instanceof IsobenchError ? PreflightReason.safeParse(error.code) : undefined
    if (!(error instanceof IsobenchError) || reason?.success !== true) throw error
    return withHint({ reason: reason.data, side, message: error.message }, error.hint)
  }
}

function isProblem(value: object): value is PreflightProblem {
  return 'reason' in value && 'hint' in value
}

/** Results in the order of the items, of which `atOnce` are worked on at a time. */
async function inParallel<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>) {
  const results: Result[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]!)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}
