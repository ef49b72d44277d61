import { type Workspace } from '../../../test/support/workspace.ts'
import { datasetOutputs, commitStages } from '../../../plugins/isobench/src/nx/targets.ts'
import { type TrivialStage, lineFunction, otherOutputs, pathOf, trivialStages } from './stages.ts'

const folder = 'plugins/isobench/src/nx/stages'
const dataset = 'records.jsonl'

/**
 * Replaces the work of the stages in the plugin of a workspace by trivial work. All else stays ours: the projects and
 * targets, the executors and batches, the context, and the checks and atomic writing of outputs. `install-wheel` throws
 * where the first line of `commit.yaml` says `"fails"`.
 */
export async function installTrivialStages(workspace: Workspace): Promise<void> {
  for (const stage of trivialStages) await workspace.write(`${folder}/${stage.name}.ts`, stageCode(stage))
  await workspace.write(`${folder}/assemble-dataset.ts`, datasetCode)
}

function stageCode({ name, inputs, output }: TrivialStage): string {
  const paths = inputs.map((input) => `\`${pathOf(input, folders)}\``)
  const written = new Set<string>([output, ...(otherOutputs[name] ?? [])])
  const files = commitStages[name].map((file) => `'${file}': ${written.has(file) ? 'line' : 'null'}`)
  return `${lineFunction}
export async function work(context) {
  const texts = await Promise.all([${paths.join(', ')}].map((path) => context.text(path)))
  if ('${name}' === 'install-wheel' && texts[0].includes('"fails"')) throw new Error('this commit fails')
  const line = lineOf('${name}', texts)
  return { ${files.join(', ')} }
}
`
}

const folders = {
  commit: '${context.projectRoot}',
  out: '${context.projectRoot}/out',
  all: '${context.repositoryFolder}',
}

const files = datasetOutputs.map((name) => `'${name}': ${name === dataset ? 'text' : 'null'}`)
const datasetCode = `
export async function work(context) {
  const roots = context.commits().map(({ root }) => root)
  const records = await Promise.all(roots.map((root) => context.text(root + '/out/record.json')))
  const text = records.join('')
  return { ${files.join(', ')} }
}
`
