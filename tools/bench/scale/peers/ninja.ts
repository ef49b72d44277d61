import { pathOf, shellDataset, shellLine, stageProgram, trivialStages } from '../stages.ts'
import { type Peer, type PeerProject, commitsFolder, datasetOutput, debianProgram } from './peer.ts'

/** With one `sh` a task. */
export const ninja: Peer = ninjaWith('ninja', shellLine)

/** With one Node a task, which runs the same JavaScript as a stage of ours. */
export const ninjaWithNode: Peer = ninjaWith('ninja with Node', (name, paths, output) =>
  [process.execPath, 'stage.mjs', name, output, ...paths].join(' '),
)

type StageCommand = (name: string, paths: readonly string[], output: string) => string

function ninjaWith(name: string, command: StageCommand): Peer {
  return {
    name,
    install: async (folder) => {
      const program = await debianProgram('ninja', 'ninja-build', folder)
      return {
        describe: async (project) => {
          await project.write('stage.mjs', stageProgram)
          await project.write('build.ninja', buildFile(project, command))
        },
        build: { line: [program, '-j', '2'] },
      }
    },
  }
}

const folders = (commit: string) => ({
  commit: `${commitsFolder}/${commit}`,
  out: `${commitsFolder}/${commit}/out`,
  all: commitsFolder,
})

function buildFile({ commits }: PeerProject, commandOf: StageCommand): string {
  const rules = trivialStages.map(({ name, inputs }) => {
    const paths = inputs.map((input) => pathOf(input, folders('@')))
    const command = commandOf(name, paths, pathOf(name, folders('@')))
      .replaceAll('$', '$$$$')
      .replaceAll('@', '$c')
    return `rule ${name}\n  command = ${command}\n`
  })
  const builds = commits.flatMap((commit) =>
    trivialStages.map(({ name, inputs }) => {
      const paths = inputs.map((input) => pathOf(input, folders(commit)))
      return `build ${pathOf(name, folders(commit))}: ${name} ${paths.join(' ')}\n  c = ${commit}\n`
    }),
  )
  const records = commits.map((commit) => pathOf('assemble', folders(commit)))
  const dataset = shellDataset(pathOf('assemble', folders('*')), datasetOutput).replaceAll('$', '$$$$')
  const last = [`rule dataset\n  command = ${dataset}\n`, `build ${datasetOutput}: dataset | ${records.join(' ')}\n`]
  return [...rules, ...builds, ...last].join('')
}
