import type { TargetConfiguration } from '@nx/devkit'
import { commitStages, commitTargets, datasetOutputs, datasetTargets } from '../../plugins/isobench/src/nx/targets.ts'
import type { Workspace } from '../../test/support/workspace.ts'

const folder = 'node_modules/nx-empty'

/** Files that each executor writes: those that our stages write for a commit that comes to nothing. */
const files: Record<string, readonly string[]> = {
  ...Object.fromEntries(
    Object.entries(commitStages).map(([stage, names]) => [
      stage,
      [...names.filter((name) => name.includes('.json')), `${stage}.log.jsonl`],
    ]),
  ),
  'assemble-dataset': [
    ...datasetOutputs.map((name) => (/^[a-z]+$/.test(name) ? `${name}/test.parquet` : name)),
    'assemble-dataset.log.jsonl',
  ],
}

/** Projects as ours, by string operations alone: what Nx itself costs for these projects and targets. */
const plugin = (commit: string, dataset: string): string => `
const commit = ${JSON.stringify(commit)}
const dataset = ${JSON.stringify(dataset)}
export const name = 'nx-empty'
export const createNodes = [
  '{commits/*/*/commit.yaml,datasets/*/dataset.yaml}',
  (files) => {
    const parts = files.map((file) => file.split('/'))
    const commits = parts.filter(([top]) => top === 'commits').map((each) => each[1] + '-' + each[2])
    return parts.map((each) => {
      const isCommit = each[0] === 'commits'
      const project = isCommit ? each[1] + '-' + each[2] : each[1]
      const root = each.slice(0, -1).join('/')
      return [each.join('/'), { projects: { [root]: {
        name: project,
        root,
        projectType: 'library',
        tags: isCommit ? ['commit', 'repository:' + each[1]] : ['dataset'],
        metadata: { description: project, technologies: ['empty'] },
        targets: JSON.parse((isCommit ? commit : dataset).replaceAll('PROJECT', project)),
        ...(isCommit ? {} : { implicitDependencies: commits }),
      } } }]
    })
  },
]
`

const executors = `
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
const files = ${JSON.stringify(files)}
const perform = (nx, project, stage) => {
  const { root } = nx.projectsConfigurations.projects[project]
  for (const name of files[stage]) {
    const path = join(nx.root, root, 'out', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, project + ' ' + name)
  }
}
export const single = (stage) => async (_options, nx) => {
  perform(nx, nx.projectName, stage)
  return { success: true }
}
export const batch = (stage) => async function* (graph, _inputs, _overrides, nx) {
  for (const task of Object.values(graph.tasks)) {
    const startTime = Date.now()
    perform(nx, task.target.project, stage)
    yield { task: task.id, result: { success: true, terminalOutput: '', startTime, endTime: Date.now() } }
  }
}
`

/** Writes the plugin into the installed packages of a workspace. It has the targets of ours, under its own executors. */
export async function installEmptyPlugin(workspace: Workspace, repositoryRoot: string): Promise<void> {
  const write = (name: string, content: unknown): Promise<void> =>
    workspace.write(`${folder}/${name}`, typeof content === 'string' ? content : JSON.stringify(content))
  const commit = renamed(commitTargets(repositoryRoot, 'bench')('PROJECT'))
  const dataset = renamed(datasetTargets(repositoryRoot, 'PROJECT'))
  await write('package.json', { name: 'nx-empty', type: 'module', main: 'index.js', executors: './executors.json' })
  await write('index.js', plugin(commit, dataset))
  await write('shared.js', executors)
  await write('schema.json', { type: 'object', properties: {} })
  await write('executors.json', { executors: Object.fromEntries(Object.keys(files).map(declaration)) })
  for (const stage of Object.keys(files)) {
    const code = `export default single('${stage}')\nexport const allAtOnce = batch('${stage}')\n`
    await write(`${stage}.js`, `import { batch, single } from './shared.js'\n${code}`)
  }
}

function renamed(targets: Record<string, TargetConfiguration>): string {
  return JSON.stringify(targets).replaceAll('nx-isobench:', 'nx-empty:')
}

/** As in ours, the dataset has no batch. */
function declaration(stage: string): [string, Record<string, string>] {
  const alone = { implementation: `./${stage}.js`, schema: './schema.json', description: stage }
  const isDataset = stage === 'assemble-dataset'
  return [stage, isDataset ? alone : { ...alone, batchImplementation: `./${stage}.js#allAtOnce` }]
}
