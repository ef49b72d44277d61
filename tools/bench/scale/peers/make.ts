import { pathOf, shellDataset, shellLine, stageProgram, trivialStages } from '../stages.ts'
import { type Peer, type PeerProject, commitsFolder, datasetOutput, debianProgram } from './peer.ts'

/** With one `sh` a task. */
export const make: Peer = makeWith('GNU make', (name, paths, output) => `@${inMake(shellLine(name, paths, output))}`)

/** With make's own `$(file)`: no process for a task, which no stage of more than string operations could have. */
export const makeInProcess: Peer = makeWith('GNU make without processes', (name, paths, output) => {
  const texts = paths.map((path) => `$(file <${path})`).join(',')
  return `$(file >${output},{"stage":"${name}","of":[${texts}]})`.replaceAll('%', '$*')
})

/** With one Node a task, which runs the same JavaScript as a stage of ours. */
export const makeWithNode: Peer = makeWith(
  'GNU make with Node',
  (name, paths, output) => `@${inMake([process.execPath, 'stage.mjs', name, output, ...paths].join(' '))}`,
)

type Recipe = (name: string, paths: readonly string[], output: string) => string

const folders = { commit: `${commitsFolder}/%`, out: `${commitsFolder}/%/out`, all: commitsFolder }

function makeWith(name: string, recipe: Recipe): Peer {
  return {
    name,
    install: async (folder) => {
      const program = await debianProgram('make', 'make', folder)
      return {
        describe: async (project) => {
          await project.write('stage.mjs', stageProgram)
          await project.write('Makefile', makefile(project, recipe))
        },
        build: { line: [program, '--jobs=2', '--no-builtin-rules', '--silent'] },
      }
    },
  }
}

function makefile({ commits }: PeerProject, recipe: Recipe): string {
  const rules = trivialStages.map(({ name, inputs }) => {
    const output = pathOf(name, folders)
    const paths = inputs.map((input) => pathOf(input, folders))
    return `$(C:%=${output}): ${output}: ${paths.join(' ')}\n\t${recipe(name, paths, output)}\n`
  })
  const record = pathOf('assemble', folders)
  const dataset = shellDataset(record.replace('%', '*'), datasetOutput).replaceAll('$', '$$$$')
  const last = `${datasetOutput}: $(C:%=${record})\n\t@${dataset}\n`
  return [`C := ${commits.join(' ')}\n`, last, ...rules].join('')
}

function inMake(command: string): string {
  return command.replaceAll('$', '$$$$').replaceAll('%s', '\0').replaceAll('%', '$*').replaceAll('\0', '%s')
}
