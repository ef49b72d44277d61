import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One script of the corpus. What the columns after the name mean is said at the head of its file. */
export interface CorpusScript {
  readonly name: string
  readonly columns: readonly string[]
  readonly code: string
}

const plainSetup = 'def setup():\n    return 20000\n'
const plainExperiment = 'def experiment(state):\n    return demo.work(state)\n'

/** Reads a file of this folder: text below headers `#== name | column | …`. */
export function readSections(file: string): CorpusScript[] {
  const [, ...parts] = readFileSync(join(import.meta.dirname, file), 'utf8').split(/^#== /m)
  return parts.map((part) => {
    const [header, ...lines] = part.split('\n')
    const [name, ...columns] = header!.split(' | ')
    return { name: name!, columns, code: `${lines.join('\n').trimEnd()}\n` }
  })
}

/** Reads scripts. One without `setup` or `experiment` gets a plain one, unless its last column is `as it is`. */
export function readCorpus(file: string): CorpusScript[] {
  return readSections(file).map(({ name, columns, code }) => {
    if (columns.at(-1) === 'as it is') return { name, columns: columns.slice(0, -1), code }
    const missing = [plainSetup, plainExperiment].filter((plain) => !code.includes(plain.slice(0, 'def setup('.length)))
    return { name, columns, code: [code, ...missing].join('\n\n') }
  })
}
