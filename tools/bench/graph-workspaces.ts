import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Workspace, createWorkspace } from '../../test/support/workspace.ts'
import { installEmptyPlugin } from './empty-plugin.ts'
import { bundleOfTinyCommits } from './graph-repository.ts'
import { promptFile } from './scale/stages.ts'

/** Two workspaces of the same projects and targets: ours with the real plugin and stages, the peer with an empty one. */
export interface Workspaces {
  readonly ours: Workspace
  readonly peer: Workspace
  remove(): Promise<void>
}

const repositoryRoot = join(import.meta.dirname, '../..')

/** So many commits and one dataset of them all, in each of two temporary folders, and a wheel host that has nothing. */
export async function createWorkspaces(commits: number): Promise<Workspaces> {
  const [ours, peer, host] = await Promise.all([createWorkspace(), createWorkspace(), startEmptyHost()])
  const bundle = join(ours.directory, 'commits/bench/repository.bundle')
  await ours.write('commits/bench/repository.yaml', repositorySettings(host.url))
  const hashes = await bundleOfTinyCommits(commits, bundle)
  await peer.write('commits/bench/repository.yaml', repositorySettings(host.url))
  await installEmptyPlugin(peer, repositoryRoot)
  const configuration = await peer.readJson('nx.json')
  await peer.write('nx.json', JSON.stringify({ ...configuration, plugins: ['./recorder.mjs', 'nx-empty'] }, null, 2))
  for (const workspace of [ours, peer]) await addProjects(workspace, hashes)
  return {
    ours,
    peer,
    remove: async () => {
      await host.close()
      await Promise.all([ours.remove(), peer.remove()])
    },
  }
}

async function addProjects(workspace: Workspace, hashes: readonly string[]): Promise<void> {
  for (const hash of hashes) {
    await workspace.write(`commits/bench/${hash.slice(0, 8)}/commit.yaml`, `head: "${hash}"\n`)
  }
  await workspace.write(`commits/bench/${promptFile}`, '"read by the peer alone"\n')
  await workspace.write('datasets/all/dataset.yaml', 'commits: [bench]\n')
  await workspace.git('add', '--all')
  await workspace.git('commit', '--quiet', '--message', 'projects')
}

function repositorySettings(url: string): string {
  return JSON.stringify({
    bundle: 'repository.bundle',
    package: { name: 'tiny', import: 'tiny' },
    wheels: [{ kind: 'wheel-index', urls: [url] }],
  })
}

/** A loopback host that answers 404 to everything: each `install-wheel` asks it, and finds no wheel. */
async function startEmptyHost(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((_request, response) => response.writeHead(404).end())
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections()
        server.close((error) => (error === undefined ? resolve() : reject(error)))
      }),
  }
}
