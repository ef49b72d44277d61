import { type Tree, readCachedProjectGraph } from '@nx/devkit'
import { preflightLines } from '../../domain/preflight-text.ts'
import { preflightOf } from '../../domain/preflight.ts'
import { IsobenchError } from '../../errors.ts'
import type { PreflightCommit } from '../../schema/preflight.ts'
import { preflight } from '../../stages/preflight.ts'
import { StageContext } from '../context.ts'
import { type CommitLocation, commitOf } from '../create-nodes.ts'
import { redact } from '../redact.ts'
import { type Log, generator } from './generator.ts'
import { readRepository } from './repositories.ts'

export interface ProbeOptions {
  readonly repository?: string
  readonly projects?: readonly string[]
  readonly format?: 'text' | 'json'
}

/**
 * Says which commits can be installed and by which rung, without installing anything. It changes no file of the
 * workspace; only mirrors of repositories are made or refreshed in the store.
 * @throws IsobenchError `network` after everything is printed, when another try could give another answer for a commit:
 * a host was not reached, or may still build the wheel
 */
export async function probeCommits(tree: Tree, options: ProbeOptions, log: Log): Promise<void> {
  const commits = chooseCommits(tree, options)
  const report = reporter(commits.length)
  const details: PreflightCommit[] = []
  for (const group of Map.groupBy(commits, ({ repository }) => repository).values()) {
    const contexts = group.map((commit) => contextOf(tree, commit))
    details.push(...(await preflight(contexts, report)))
  }
  const result = preflightOf(details)
  const text = options.format === 'json' ? JSON.stringify(result, null, 2) : preflightLines(result).join('\n')
  log(redact(text, process.env))
  await written()
  const unknown = details.filter(({ problem }) => problem !== null && retryable.has(problem.reason)).length
  if (unknown > 0) {
    throw new IsobenchError('network', `commits of which it is not known yet: ${unknown} of ${commits.length}`, {
      hint: 'run it again; what is known stands above',
    })
  }
}

export const probe = generator(probeCommits)

/** Nx ends the process as soon as a generator is done, and a pipe may not have taken everything by then (seen). */
function written(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write('', () => resolve())
  })
}

/** What may be answered by asking once more. */
const retryable: ReadonlySet<string> = new Set(['network', 'repository-unreachable'])

/**
 * The commits to look at, by repository and folder. Named ones may be of a repository that is kept out of the graph;
 * where nothing is named, the graph says which there are.
 */
function chooseCommits(tree: Tree, { repository, projects }: ProbeOptions): CommitLocation[] {
  const all = repository === undefined ? everyCommit(tree) : commitsOf(tree, repository)
  if (projects !== undefined) {
    const names = new Set(projects.filter((name) => name !== ''))
    const unknown = [...names].find((name) => !all.some((commit) => commit.name === name))
    if (unknown === undefined) return all.filter(({ name }) => names.has(name))
    throw new IsobenchError('bad-input', `no such commit project: ${unknown}`, {
      hint: '`npx nx show projects --projects tag:commit` lists them',
    })
  }
  if (repository !== undefined) return all
  const { nodes } = readCachedProjectGraph()
  return all.filter(({ name }) => nodes[name] !== undefined)
}

function everyCommit(tree: Tree): CommitLocation[] {
  const repositories = tree.exists('commits') ? tree.children('commits').toSorted() : []
  return repositories
    .filter((name) => tree.exists(`commits/${name}/repository.yaml`))
    .flatMap((name) => list(tree, name))
}

function commitsOf(tree: Tree, repository: string): CommitLocation[] {
  readRepository(tree, repository) // says which repositories there are
  return list(tree, repository)
}

function list(tree: Tree, repository: string): CommitLocation[] {
  const files = tree.children(`commits/${repository}`).map((folder) => `commits/${repository}/${folder}/commit.yaml`)
  return files
    .toSorted()
    .filter((file) => tree.exists(file))
    .map(commitOf)
}

/** What the stages see of a commit, so that an answer here is the one that `install-wheel` would give. */
function contextOf(tree: Tree, { file, name }: CommitLocation): StageContext {
  const root = file.replace(/\/commit\.yaml$/, '')
  const projectsConfigurations = { version: 2, projects: { [name]: { root } } }
  return new StageContext({ root: tree.root, projectsConfigurations }, name, 'probe', (line) => console.error(line))
}

const reportEveryMilliseconds = 5000

/** Says how far it is, every few seconds and on standard error: what is printed on standard output is the answer alone. */
function reporter(total: number): (commit: PreflightCommit) => void {
  let done = 0
  let problems = 0
  let last = Date.now()
  return ({ problem }) => {
    done++
    if (problem !== null) problems++
    if (Date.now() - last < reportEveryMilliseconds) return
    last = Date.now()
    console.error(`probed ${done} of ${total} commits, ${problems} with a problem`)
  }
}
