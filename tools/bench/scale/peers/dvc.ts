import { pathOf, trivialStages } from '../stages.ts'
import { type Peer, type PeerProject, commitsFolder, pythonProgram, succeed } from './peer.ts'
import { localFolders, writeStageScripts } from './scripts.ts'

/** A `dvc.yaml` a commit: one for all would have its lock file written anew after each of its stages. */
export const dvc: Peer = {
  name: 'DVC',
  install: async (folder) => {
    const program = await pythonProgram('dvc', 'dvc', folder)
    const environment = { DVC_NO_ANALYTICS: '1' }
    return {
      describe: async (project) => {
        await describe(project)
        await succeed([program, 'init', '--no-scm', '--quiet'], { cwd: project.directory, environment })
      },
      build: { line: [program, 'repro', '--all-pipelines', '--quiet'], environment },
      adopt: [{ line: [program, 'commit', '--force', '--quiet'], environment }],
    }
  },
}

async function describe(project: PeerProject): Promise<void> {
  await writeStageScripts(project)
  const stages = Object.fromEntries(
    trivialStages.map(({ name, inputs }) => [
      name,
      {
        cmd: `sh ../../../stages/${name}.sh`,
        deps: inputs.map((input) => pathOf(input, localFolders)),
        outs: [pathOf(name, localFolders)],
      },
    ]),
  )
  const text = JSON.stringify({ stages })
  for (const commit of project.commits) await project.write(`${commitsFolder}/${commit}/dvc.yaml`, text)
  const records = project.commits.map((commit) => {
    const folder = `../../${commitsFolder}/${commit}`
    return pathOf('assemble', { commit: folder, out: `${folder}/out`, all: '' })
  })
  const dataset = { cmd: 'sh ../../stages/dataset.sh', deps: records, outs: ['out/records.jsonl'] }
  await project.write('datasets/all/dvc.yaml', JSON.stringify({ stages: { dataset } }))
}
