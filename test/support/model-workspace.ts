import { join } from 'node:path'
import { type ModelServer, type Reply, startModelServer } from './model-server.ts'
import { projectFiles } from './python-project.ts'
import { createRepository } from './repository.ts'
import { type Workspace, createWorkspace } from './workspace.ts'

/** A workspace whose commits make one module each faster, and a loopback model that writes their tests. */
export interface ModelWorkspace {
  readonly workspace: Workspace
  readonly model: ModelServer
  /** Folders of the commits, oldest first */
  readonly names: readonly string[]
  remove(): Promise<void>
}

const slow = (index: number) =>
  `def work(count):\n    total = 0\n    for value in range(count):\n        total += value * ${index}\n    return total\n`
const fast = (index: number) => `def work(count):\n    return ${index} * sum(range(count))\n`

/**
 * @param reply what the model answers to the request for the n-th commit (from 1), when it is not a test
 */
export async function createModelWorkspace(
  count: number,
  reply: (index: number, test: { content: string }) => Reply = (_, test) => test,
): Promise<ModelWorkspace> {
  const workspace = await createWorkspace()
  const names = await writeCommits(workspace, count)
  const model = await startModelServer(({ body }) => {
    const index = moduleOf(body.messages)
    return reply(index, testOf(index))
  })
  await workspace.write('commits/sample/providers/loopback.yaml', `base_url: ${model.url}\n`)
  await workspace.write(
    'commits/sample/generation.yaml',
    'provider: loopback\nmodel: loopback-1\ntrial: { sandbox: none }\n',
  )
  // The least that is a measurement: it ends after the first pair.
  await workspace.write('commits/sample/measurement.yaml', 'profile: quick\nsandbox: none\nbudget_seconds: 0.1\n')
  await workspace.write('datasets/all/dataset.yaml', 'commits: [sample]\n')
  await workspace.git('add', '--all')
  await workspace.git('commit', '--quiet', '--message', 'commits')
  return {
    workspace,
    model,
    names,
    remove: () => Promise.all([model.close(), workspace.remove()]).then(() => undefined),
  }
}

/** A repository whose commits make one module each faster, as projects of the workspace; gives their folders. */
export async function writeCommits(workspace: Workspace, count: number): Promise<string[]> {
  const repository = await createRepository()
  const modules = Array.from({ length: count }, (_, index) => index + 1)
  const all = Object.fromEntries(modules.map((index) => [`sample/module${index}.py`, slow(index)]))
  await repository.commit({ files: { ...projectFiles(), ...all } })
  const heads: string[] = []
  for (const index of modules) {
    const files = { [`sample/module${index}.py`]: fast(index) }
    heads.push(await repository.commit({ files, message: `Speed up module${index}\n` }))
  }
  await workspace.write(
    'commits/sample/repository.yaml',
    'bundle: sample.bundle\npackage: { name: sample, import: sample }\nwheels: [{ kind: build }]\n',
  )
  await repository.bundle(join(workspace.directory, 'commits/sample/sample.bundle'))
  for (const head of heads) await workspace.write(`commits/sample/${head.slice(0, 8)}/commit.yaml`, `head: "${head}"\n`)
  await repository.remove()
  return heads.map((head) => head.slice(0, 8))
}

/** The number of the commit that a request is about. */
export function moduleOf(messages: readonly { readonly content: string }[]): number {
  return Number(/sample\/module(\d+)\.py/.exec(messages.map(({ content }) => content).join('\n'))![1])
}

function testOf(index: number): { content: string } {
  const code = `from sample import module${index}\n\n\ndef setup():\n    return 2000\n\n\ndef experiment(state):\n    return module${index}.work(state)\n`
  return { content: `\`\`\`python\n${code}\`\`\`\n` }
}
