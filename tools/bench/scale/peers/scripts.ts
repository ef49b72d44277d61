import { pathOf, shellDataset, shellLine, trivialStages } from '../stages.ts'
import { type PeerProject, commitsFolder } from './peer.ts'

/** For tools that run a command in the folder of a package: paths from the folder of a commit. */
export const localFolders = { commit: '.', out: 'out', all: '..' }

/** The work of each stage as a script for `sh`, the same for all commits, started in the folder of the commit. */
export async function writeStageScripts(project: PeerProject): Promise<void> {
  for (const { name, inputs } of trivialStages) {
    const paths = inputs.map((input) => pathOf(input, localFolders))
    await project.write(`stages/${name}.sh`, `${shellLine(name, paths, pathOf(name, localFolders))}\n`)
  }
  const records = `../../${pathOf('assemble', { commit: '', out: `${commitsFolder}/*/out`, all: '' })}`
  await project.write('stages/dataset.sh', `${shellDataset(records, 'out/records.jsonl')}\n`)
}

/** The stages before a stage, by the name of their task. */
export function stagesBefore(stage: (typeof trivialStages)[number]): string[] {
  return stage.inputs.filter((input) => input !== 'commit' && input !== 'prompt')
}

/** The files that a stage reads and no stage writes, from the folder of the commit. */
export function filesRead(stage: (typeof trivialStages)[number]): string[] {
  return stage.inputs
    .filter((input) => input === 'commit' || input === 'prompt')
    .map((input) => pathOf(input, localFolders).replace(/^\.\//, ''))
}
