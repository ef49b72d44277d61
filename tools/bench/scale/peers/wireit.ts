import { trivialStages } from '../stages.ts'
import { type Peer, type PeerProject, commitsFolder, npmProgram } from './peer.ts'
import { filesRead, stagesBefore, writeStageScripts } from './scripts.ts'

export const wireit: Peer = {
  name: 'wireit',
  install: async (folder) => {
    const program = await npmProgram('wireit', 'wireit', folder)
    const environment = {
      npm_lifecycle_event: 'dataset',
      npm_execpath: 'npm',
      npm_config_user_agent: 'npm/10.9.0',
      WIREIT_PARALLEL: '2',
      WIREIT_LOGGER: 'simple',
      WIREIT_FAILURES: 'no-new',
    }
    return { describe, build: { line: [process.execPath, program], environment } }
  },
}

async function describe(project: PeerProject): Promise<void> {
  await writeStageScripts(project)
  const scripts = Object.fromEntries(trivialStages.map(({ name }) => [name, 'wireit']))
  const wireitOf = Object.fromEntries(trivialStages.map(task))
  for (const commit of project.commits) {
    await project.write(`${commitsFolder}/${commit}/package.json`, JSON.stringify({ scripts, wireit: wireitOf }))
  }
  const dependencies = project.commits.map((commit) => `./${commitsFolder}/${commit}:assemble`)
  const dataset = {
    command: 'cd datasets/all && sh ../../stages/dataset.sh',
    files: [],
    output: ['datasets/all/out/records.jsonl'],
    dependencies,
  }
  await project.write('package.json', JSON.stringify({ scripts: { dataset: 'wireit' }, wireit: { dataset } }))
}

function task(stage: (typeof trivialStages)[number]): [string, unknown] {
  const description = {
    command: `sh ../../../stages/${stage.name}.sh`,
    files: filesRead(stage),
    output: [`out/${stage.output}`],
    dependencies: stagesBefore(stage),
    packageLocks: [],
  }
  return [stage.name, description]
}
