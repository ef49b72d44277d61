import { join } from 'node:path'
import { trivialStages } from '../stages.ts'
import { type Peer, type PeerProject, commitsFolder, npmProgram, succeed, writeScript } from './peer.ts'
import { filesRead, stagesBefore, writeStageScripts } from './scripts.ts'

/** Turbo starts `npm run` for every task. A script of one line stands for npm, which alone would take most of the time. */
export const turbo: Peer = {
  name: 'turbo',
  install: async (folder) => {
    const program = await npmProgram('turbo', 'turbo', folder)
    const programs = join(folder, 'programs')
    const environment = {
      PATH: `${programs}:${process.env['PATH']}`,
      TURBO_TELEMETRY_DISABLED: '1',
      NO_UPDATE_NOTIFIER: '1',
    }
    const line = [
      program,
      'run',
      'assemble',
      'dataset',
      '--concurrency=2',
      '--output-logs=none',
      '--no-daemon',
    ] as const
    return {
      describe: async (project) => {
        await writeScript(join(programs, 'npm'), `#!/bin/sh\nexec sh ${project.directory}/stages/$2.sh\n`)
        await describe(project)
      },
      build: { line, environment },
    }
  },
}

async function describe(project: PeerProject): Promise<void> {
  await writeStageScripts(project)
  const root = {
    name: 'peer',
    private: true,
    packageManager: 'npm@10.9.0',
    workspaces: ['commits/bench/*', 'datasets/*'],
  }
  await project.write('package.json', JSON.stringify(root))
  await project.write('package-lock.json', JSON.stringify({ name: 'peer', lockfileVersion: 3, packages: { '': root } }))
  await project.write('.gitignore', 'out\n.turbo\nnode_modules\n')
  const scripts = Object.fromEntries(trivialStages.map(({ name }) => [name, `sh ../../../stages/${name}.sh`]))
  for (const commit of project.commits) {
    const description = { name: `bench-${commit}`, version: '1.0.0', scripts }
    await project.write(`${commitsFolder}/${commit}/package.json`, JSON.stringify(description))
  }
  const dependencies = Object.fromEntries(project.commits.map((commit) => [`bench-${commit}`, '*']))
  const dataset = { name: 'all', version: '1.0.0', scripts: { dataset: 'sh ../../stages/dataset.sh' }, dependencies }
  await project.write('datasets/all/package.json', JSON.stringify(dataset))
  await project.write(
    'turbo.json',
    JSON.stringify({ tasks: Object.fromEntries([...trivialStages.map(task), datasetTask]) }),
  )
  const git = (...args: string[]) => succeed(['git', ...args], { cwd: project.directory })
  await git('init', '--quiet')
  await git('add', '--all')
  await git('-c', 'user.name=Bench', '-c', 'user.email=bench@example.org', 'commit', '--quiet', '--message', 'start')
}

function task(stage: (typeof trivialStages)[number]): [string, unknown] {
  const inputs = filesRead(stage).map((path) => path.replace('../', '$TURBO_ROOT$/commits/bench/'))
  const description = { dependsOn: stagesBefore(stage), inputs, outputs: [`out/${stage.output}`] }
  return [stage.name, description]
}

const datasetTask = ['dataset', { dependsOn: ['^assemble'], inputs: [], outputs: ['out/records.jsonl'] }] as const
