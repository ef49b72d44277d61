import type { TargetConfiguration } from '@nx/devkit'
import { commitTargets, datasetTargets } from '../../plugins/isobench/src/nx/targets.ts'
import type { Workspace } from '../../test/support/workspace.ts'
import { lineFunction, otherOutputs, pathOf, trivialStages } from './scale/stages.ts'

const folder = 'node_modules/nx-empty'

/** What each executor reads and writes: the same as the trivial stages in our plugin, and no log, as nothing is said. */
const folders = { commit: 'ROOT', out: 'ROOT/out', all: 'ROOT/..' }
const work: Record<string, { readonly reads: readonly string[]; readonly writes: readonly string[] }> =
  Object.fromEntries(
    trivialStages.map(({ name, inputs, output }) => [
      name,
      { reads: inputs.map((input) => pathOf(input, folders)), writes: [output, ...(otherOutputs[name] ?? [])] },
    ]),
  )

const stages = [...Object.keys(work), 'assemble-dataset']

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
        metadata: { description: project },
        targets: JSON.parse((isCommit ? commit : dataset).replaceAll('PROJECT', project)),
        ...(isCommit ? {} : { implicitDependencies: commits }),
      } } }]
    })
  },
]
`

const executors = `
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
const work = ${JSON.stringify(work)}
${lineFunction}
const perform = (nx, project, stage) => {
  const { projects } = nx.projectsConfigurations
  const out = join(nx.root, projects[project].root, 'out')
  const read = (path) => readFileSync(join(nx.root, path), 'utf8')
  const write = (name, text) => writeFileSync(join(out, name), text)
  mkdirSync(out, { recursive: true })
  if (stage === 'assemble-dataset') {
    const roots = Object.values(projects).filter(({ tags }) => tags?.includes('commit')).map(({ root }) => root)
    write('records.jsonl', roots.map((root) => read(root + '/out/record.json')).join(''))
  } else {
    const texts = work[stage].reads.map((path) => read(path.replace('ROOT', projects[project].root)))
    for (const name of work[stage].writes) write(name, lineOf(stage, texts))
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
  const commit = renamed(commitTargets(repositoryRoot, 'bench')())
  const dataset = renamed(datasetTargets(repositoryRoot, 'PROJECT'))
  await write('package.json', { name: 'nx-empty', type: 'module', main: 'index.js', executors: './executors.json' })
  await write('index.js', plugin(commit, dataset))
  await write('shared.js', executors)
  await write('schema.json', { type: 'object', properties: {} })
  await write('executors.json', { executors: Object.fromEntries(stages.map(declaration)) })
  for (const stage of stages) {
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
