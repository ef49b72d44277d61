import { type Workspace, createWorkspace } from '../../../test/support/workspace.ts'
import { installEmptyPlugin } from '../empty-plugin.ts'
import { promptFile } from './stages.ts'
import { installTrivialStages } from './trivial-plugin.ts'

/** Ours and the peer: the same projects, targets and trivial stages, with our plugin and with an empty one. */
export interface NxWorkspaces {
  readonly ours: Workspace
  readonly peer: Workspace
  remove(): Promise<void>
}

const repositoryRoot = `${import.meta.dirname}/../../..`

/** Folder names of so many commits, which look like the first digits of hashes. */
export function commitFolders(count: number): string[] {
  return Array.from({ length: count }, (_, index) => (0x10000000 + index * 7919).toString(16))
}

/** So many commits with trivial stages in our plugin. */
export async function createOurs(commits: number): Promise<Workspace> {
  const workspace = await createWorkspace()
  await installTrivialStages(workspace)
  await addProjects(workspace, commitFolders(commits))
  return workspace
}

export async function createNxWorkspaces(commits: number): Promise<NxWorkspaces> {
  const [ours, peer] = await Promise.all([createOurs(commits), createWorkspace()])
  await installEmptyPlugin(peer, repositoryRoot)
  const configuration = await peer.readJson('nx.json')
  await peer.write('nx.json', JSON.stringify({ ...configuration, plugins: ['./recorder.mjs', 'nx-empty'] }, null, 2))
  await addProjects(peer, commitFolders(commits))
  return {
    ours,
    peer,
    remove: async () => {
      await Promise.all([ours.remove(), peer.remove()])
    },
  }
}

/** The first line of `commit.yaml`, which is all that a trivial stage reads of it. */
export function commitLine(folder: string, revision = 0): string {
  return `{"head":"${folder}","revision":${revision}}\n`
}

async function addProjects(workspace: Workspace, folders: readonly string[]): Promise<void> {
  for (const folder of folders) await workspace.write(`commits/bench/${folder}/commit.yaml`, commitLine(folder))
  await workspace.write('commits/bench/repository.yaml', 'package: { name: tiny, import: tiny }\n')
  await workspace.write(`commits/bench/${promptFile}`, '"first prompt"\n')
  await workspace.write('datasets/all/dataset.yaml', 'commits: [bench]\n')
  await workspace.git('add', '--all')
  await workspace.git('commit', '--quiet', '--message', 'projects')
}
