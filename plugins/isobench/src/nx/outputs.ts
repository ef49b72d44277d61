import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomically } from '../adapters/files.ts'
import { commitStages, datasetOutputs, reportOutputs } from './targets.ts'

/** Files of a stage by their name below `out/`; null is a file that this outcome does not have. */
export type Outputs = Readonly<Record<string, string | Uint8Array | null>>

/** One line of `out/<stage>.log.jsonl`: what would make artifacts differ between equal runs. */
export interface LogEvent {
  readonly time: string
  readonly message: string
}

/** Removes what an earlier run of the stage left, so that nothing stale is cached with a new result. */
export async function clearOutputs(projectDirectory: string, stage: string): Promise<void> {
  const names = [...declaredOutputs(stage), `${stage}.log.jsonl`]
  await Promise.all(names.map((name) => rm(join(projectDirectory, 'out', name), { recursive: true, force: true })))
}

/** Writes the files of a stage and its log, each whole or not at all. */
export async function writeOutputs(
  projectDirectory: string,
  stage: string,
  outputs: Outputs,
  events: readonly LogEvent[],
): Promise<void> {
  const declared = declaredOutputs(stage)
  const missing = declared.filter(
    (name) => !Object.keys(outputs).some((path) => path === name || path.startsWith(`${name}/`)),
  )
  const undeclared = Object.keys(outputs).filter(
    (path) => !declared.some((name) => path === name || path.startsWith(`${name}/`)),
  )
  if (missing.length + undeclared.length > 0) {
    throw new Error(
      `stage \`${stage}\` must give exactly its declared outputs: missing ${missing.join(', ')}; undeclared ${undeclared.join(', ')}`,
    )
  }
  for (const [path, content] of Object.entries(outputs)) {
    if (content !== null) await writeAtomically(join(projectDirectory, 'out', path), content)
  }
  const log = events.map((event) => `${JSON.stringify(event)}\n`).join('')
  await writeAtomically(join(projectDirectory, 'out', `${stage}.log.jsonl`), log)
}

function declaredOutputs(stage: string): readonly string[] {
  const stages: Readonly<Record<string, readonly string[]>> = {
    ...commitStages,
    'assemble-dataset': datasetOutputs,
    'batch-answers': [],
    report: reportOutputs,
  }
  const names = stages[stage]
  if (names === undefined) throw new Error(`no such stage: ${stage}`)
  return names
}
