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

/** Reads a file of this folder: scripts below headers `#== name | column | …`. */
export function readCorpus(file: string): CorpusScript[] {
  const [, ...parts] = readFileSync(join(import.meta.dirname, file), 'utf8').split(/^#== /m)
  return parts.map((part) => {
    const [header, ...lines] = part.split('\n')
    const [name, ...columns] = header!.split(' | ')
    const code = `${lines.join('\n').trimEnd()}\n`
    const isWhole = columns.at(-1) === 'as it is'
    const added = isWhole
      ? []
      : [plainSetup, plainExperiment].filter((plain) => !new RegExp(`def ${plain.slice(4, 9)}`).test(code))
    return { name: name!, columns: isWhole ? columns.slice(0, -1) : columns, code: [code, ...added].join('\n\n') }
  })
}
