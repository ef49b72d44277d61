import { dirname } from 'node:path'
import type { CreateNodes, CreateNodesResultArray, ProjectConfiguration } from '@nx/devkit'
import { datasetMembers } from './members.ts'
import { commitTargets, datasetTargets } from './targets.ts'

/** Nx calls this with every settings file of a commit or a dataset; each becomes a project. */
export const createNodes: CreateNodes = [
  '{commits/*/*/commit.yaml,datasets/*/dataset.yaml}',
  async (files, _options, { workspaceRoot }): Promise<CreateNodesResultArray> => {
    const commits = files.filter((file) => file.endsWith('/commit.yaml')).map(commitOf)
    const datasets = files.filter((file) => file.endsWith('/dataset.yaml'))
    const repositories = new Set(commits.map(({ repository }) => repository))
    const targets = new Map([...repositories].map((name) => [name, commitTargets(workspaceRoot, name)]))
    return [
      ...commits.map((commit) => node(commit.file, commitProject(commit, targets.get(commit.repository)!()))),
      ...(await Promise.all(
        datasets.map(async (file) => node(file, await datasetProject(workspaceRoot, file, commits))),
      )),
    ]
  },
]

/** A commit as its path tells it: no settings file of a commit is read while the graph is built. */
export interface CommitLocation {
  readonly file: string
  readonly repository: string
  readonly folder: string
  readonly name: string
}

/** `commits/<repository>/<sha8>/commit.yaml` is the project `<repository>-<sha8>`. */
export function commitOf(file: string): CommitLocation {
  const [repository, folder] = file.split('/').slice(-3, -1) as [string, string]
  return { file, repository, folder, name: `${repository}-${folder}` }
}

function node(file: string, project: ProjectConfiguration): CreateNodesResultArray[number] {
  return [file, { projects: { [project.root]: project } }]
}

function commitProject(
  commit: CommitLocation,
  targets: NonNullable<ProjectConfiguration['targets']>,
): ProjectConfiguration {
  return {
    name: commit.name,
    root: dirname(commit.file),
    projectType: 'library',
    tags: ['commit', `repository:${commit.repository}`],
    metadata: { description: `Performance commit ${commit.folder} of ${commit.repository}` },
    targets,
  }
}

async function datasetProject(
  workspaceRoot: string,
  file: string,
  commits: readonly CommitLocation[],
): Promise<ProjectConfiguration> {
  const name = dirname(file).split('/').at(-1)!
  return {
    name,
    root: dirname(file),
    projectType: 'library',
    tags: ['dataset'],
    metadata: { description: `Dataset ${name}` },
    implicitDependencies: await datasetMembers(workspaceRoot, file, commits),
    targets: datasetTargets(workspaceRoot, name),
  }
}
