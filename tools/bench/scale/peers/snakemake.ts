import { pathOf, trivialStages } from '../stages.ts'
import { type Peer, type PeerProject, commitsFolder, datasetOutput, pythonProgram } from './peer.ts'

/** With `run:` in threads: the work of a stage is done in Snakemake's own process. */
export const snakemake: Peer = {
  name: 'snakemake',
  install: async (folder) => {
    const program = await pythonProgram('snakemake', 'snakemake', folder)
    const always = ['--cores=2', '--force-use-threads', '--quiet=all'] as const
    return {
      describe: (project) => project.write('Snakefile', snakefile(project)),
      build: { line: [program, ...always] },
      adopt: [{ line: [program, ...always, '--touch'] }],
    }
  },
}

const folders = { commit: `${commitsFolder}/{c}`, out: `${commitsFolder}/{c}/out`, all: commitsFolder }

function snakefile({ commits }: PeerProject): string {
  const rules = trivialStages.map(({ name, inputs }) => {
    const paths = inputs.map((input) => JSON.stringify(pathOf(input, folders)))
    return [
      `rule ${name.replace('-', '_')}:`,
      `    input: ${paths.join(', ')}`,
      `    output: ${JSON.stringify(pathOf(name, folders))}`,
      `    run: write_line(${JSON.stringify(name)}, input, output)\n`,
    ].join('\n')
  })
  return `
COMMITS = ${JSON.stringify(commits)}

def first_line(path):
    with open(path) as file:
        return file.readline().rstrip("\\n")

def write_line(stage, input, output):
    with open(output[0], "w") as file:
        file.write('{"stage":"' + stage + '","of":[' + ",".join(map(first_line, input)) + "]}\\n")

rule dataset:
    input: expand(${JSON.stringify(pathOf('assemble', folders))}, c=COMMITS)
    output: ${JSON.stringify(datasetOutput)}
    run:
        with open(output[0], "w") as file:
            file.writelines(first_line(path) + "\\n" for path in input)

${rules.join('\n')}`
}
