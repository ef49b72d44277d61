import type { Ask, Environments, Located, PeekedWheel } from '../adapters/environment-store.ts'
import type { Git, KnownCommit } from '../adapters/git.ts'
import { notComparable, problemOf } from '../domain/preflight.ts'
import { IsobenchError } from '../errors.ts'
import type { Commit } from '../schema/commit.ts'
import { Side, failed } from '../schema/outcome.ts'
import {
  type PreflightCommit,
  type PreflightProblem,
  PreflightReason,
  type PreflightSide,
} from '../schema/preflight.ts'
import type { RepositoryInput } from '../schema/repository.ts'
import { whyMissing } from './missing-wheel.ts'
import { type Climbed, type Ladder, climb } from './wheel-ladder.ts'

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
 * Walks the wheel ladder for base and head of every commit as `install-wheel` would, but installs, makes and fetches
 * nothing besides the mirror of the repository. What stands against a commit is in its answer; only what stands
 * against all of them is thrown.
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
    const known = await knownCommits(projects, await first.git())
    return { repository, environments, known, peek: environments.peekAt([...known.keys()]) }
  })
  return inParallel(projects, async (project) => {
    const answer = isProblem(shared) ? lost(project, shared) : await look(project, shared)
    done(answer)
    return answer
  })
}

interface Shared {
  readonly repository: RepositoryInput
  readonly environments: Environments
  readonly known: ReadonlyMap<string, KnownCommit>
  readonly peek: Ask<Wheel>
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

async function look(project: CommitProject, shared: Shared): Promise<PreflightCommit> {
  const { repository, known } = shared
  const sides = await orProblem(async () => {
    const commit = await project.commit()
    const facts = async (hash: string) => known.get(hash) ?? lookUp(await project.git(), hash)
    const head = await facts(commit.head)
    const base = commit.base ?? head.parents[0]
    if (base === undefined) return problemOf(failed('no-base', `the commit has no parent: ${head.hash}`))
    return { base: await facts(base), head, python: commit.python ?? repository.settings.python }
  })
  return isProblem(sides) ? lost(project, sides) : climbBoth(project, shared, sides)
}

async function lookUp(git: Git, hash: string): Promise<KnownCommit> {
  return git.commit(await git.resolve(hash))
}

interface Sides extends Readonly<Record<Side, KnownCommit>> {
  readonly python: string | undefined
}

type Wheel = Located<PeekedWheel>

async function climbBoth(
  { projectName: project }: CommitProject,
  { repository, environments, peek }: Shared,
  sides: Sides,
): Promise<PreflightCommit> {
  const failures = new Map<Side, PreflightProblem>()
  const names = { base: 'base', head: 'head' } as const
  const ladder = await climb<Side, Wheel>(repository.settings.wheels, names, async (source, side) => {
    const nothing = { wheel: null, attempts: [], buildFailure: null }
    if (failures.size > 0) return nothing // not known, whatever the rungs below say
    const answer = await orProblem(() => peek(source, sides[side], sides.python), side)
    if (!isProblem(answer)) return answer
    failures.set(side, answer)
    return nothing
  })
  const problem = failures.get('base') ?? failures.get('head') ?? (await obstacle(ladder, sides, environments))
  const sideOf = (side: Side) => described(sides[side].hash, ladder[side])
  return { project, base: sideOf('base'), head: sideOf('head'), problem }
}

/** What would end `install-wheel` without an installation, in the same order; null: nothing that shows before. */
async function obstacle(ladder: Ladder<Wheel>, sides: Sides, environments: Environments) {
  const [base, head] = [ladder.base.wheel, ladder.head.wheel]
  if (base === null || head === null) {
    const side = Side.options.find((each) => ladder[each].wheel === null)!
    return orProblem(async () => problemOf(whyMissing(ladder, sides)), side)
  }
  const chosen = await orProblem(() => environments.choosePython([base, head], sides.python))
  return notComparable(base, head) ?? (isProblem(chosen) ? chosen : null)
}

function described(commit: string, { wheel, attempts }: Climbed<Wheel>): PreflightSide {
  const { rung = null, location = null, version = null } = wheel ?? {}
  return { commit, rung, location, version, attempts: [...attempts] }
}

function lost({ projectName }: CommitProject, problem: PreflightProblem): PreflightCommit {
  return { project: projectName, base: null, head: null, problem }
}

/** What the work gives, or the problem that it met. Errors that are no fault of a commit are thrown on. */
async function orProblem<Value>(work: () => Promise<Value>, side: Side | null = null) {
  try {
    return await work()
  } catch (error) {
    const reason = error instanceof IsobenchError ? PreflightReason.safeParse(error.code).data : undefined
    if (!(error instanceof IsobenchError) || reason === undefined) throw error
    return { reason, side, message: error.message, hint: error.hint ?? null }
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
