/*
 * The task graph of the benchmark, the same for ours, for Nx with an empty plugin and for every other build tool. The
 * work of a stage is as small as work can be: it writes one line of JSON, `{"stage":…,"of":[first line of each input]}`,
 * so a change above changes everything below, and a comment below the first line of an input changes nothing.
 */

/** A stage of a commit: the files that it reads, and the one file that the stages below read. */
export interface TrivialStage {
  readonly name: 'analyze' | 'install-wheel' | 'generate-test' | 'run-gpu' | 'assemble'
  readonly inputs: readonly ('commit' | 'prompt' | TrivialStage['name'])[]
  readonly output: string
}

export const trivialStages: readonly TrivialStage[] = [
  { name: 'analyze', inputs: ['commit'], output: 'analysis.json' },
  { name: 'install-wheel', inputs: ['commit'], output: 'environment.json' },
  { name: 'generate-test', inputs: ['analyze', 'install-wheel', 'prompt'], output: 'efficiency_test.py' },
  { name: 'run-gpu', inputs: ['generate-test'], output: 'measurement.json' },
  { name: 'assemble', inputs: ['commit', 'run-gpu'], output: 'record.json' },
]

/** Files of a stage besides its output, with the same line: what the stage of the tool leaves when all goes well. */
export const otherOutputs: Partial<Record<TrivialStage['name'], readonly string[]>> = {
  'generate-test': ['generation.json'],
}

/** The one prompt of all commits, relative to the folder of the repository. */
export const promptFile = 'prompts/own/user.md'

/** Where an input lies, given the folders of the commit, of what its stages write, and of all commits. */
export function pathOf(
  input: TrivialStage['inputs'][number],
  folders: { readonly commit: string; readonly out: string; readonly all: string },
): string {
  if (input === 'commit') return `${folders.commit}/commit.yaml`
  if (input === 'prompt') return `${folders.all}/${promptFile}`
  return `${folders.out}/${trivialStages.find(({ name }) => name === input)!.output}`
}

/** The work of a stage: texts of the inputs in, one line out. */
export function lineOf(stage: string, texts: readonly string[]): string {
  const lines = texts.map((text) => text.split('\n', 1)[0])
  return `{"stage":"${stage}","of":[${lines.join(',')}]}\n`
}

/** The same as text, for code that is written into a workspace: Node has taken the types out. */
export const lineFunction = lineOf.toString()

/** The same as a program of its own: `node stage.mjs STAGE OUTPUT INPUT…`. */
export const stageProgram = `
import { readFileSync, writeFileSync } from 'node:fs'
${lineFunction}
const [stage, output, ...inputs] = process.argv.slice(2)
writeFileSync(output, lineOf(stage, inputs.map((path) => readFileSync(path, 'utf8'))))
`

/** The same for `sh`, in one process without another program. */
export function shellLine(stage: string, inputs: readonly string[], output: string): string {
  const reads = inputs.map((path, index) => `read -r l${index} < ${path}`)
  const lines = inputs.map((_path, index) => `"$l${index}"`).join('","')
  return `${reads.join(' && ')} && printf '%s\\n' '{"stage":"${stage}","of":['${lines}']}' > ${output}`
}

/** The dataset for `sh`: the lines of all records one after the other. Globs, because a command line has an end. */
export function shellDataset(records: string, output: string): string {
  return `for f in ${records}; do read -r l < $f; printf '%s\\n' "$l"; done > ${output}`
}
