import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing, writeAtomically } from '../adapters/files.ts'
import { commitStages, datasetOutputs, reportOutputs } from './targets.ts'

/** Files of a stage by their name below `out/`; null is a file that this outcome does not have. */
export type Outputs = Readonly<Record<string, string | Uint8Array | null>>

/** One file of a stage whose files come one after the other, because together they may not fit into memory. */
export interface OutputFile {
  readonly path: string
  readonly content: Uint8Array | AsyncIterable<Uint8Array> | null
}

/** One line of `out/<stage>.log.jsonl`: what would make artifacts differ between equal runs. */
export interface LogEvent {
  readonly time: string
  readonly message: string
}

/** What was measured, and what is published. Everything else is made again from what the store and the workspace keep. */
const durable: ReadonlySet<string> = new Set(['runs.jsonl', ...datasetOutputs])

/** Removes what an earlier run of the stage left. */
export async function clearOutputs(projectDirectory: string, stage: string): Promise<void> {
  const out = join(projectDirectory, 'out')
  await remove(out, present(out), [...declaredOutputs(stage), logOf(stage)])
}

/**
 * Writes the files of a stage and its log, each whole or not at all, in the place of what an earlier run left, so that
 * nothing stale is cached with a new result. A file that stays is never gone in between: two runs at once in one
 * workspace give equal bytes, and the other one may be reading it. A stage that said nothing has no log.
 */
export async function writeOutputs(
  projectDirectory: string,
  stage: string,
  outputs: Outputs | AsyncIterable<OutputFile>,
  events: readonly LogEvent[],
): Promise<void> {
  const declared = declaredOutputs(stage)
  const nameOf = (path: string): string | undefined =>
    declared.find((name) => path === name || path.startsWith(`${name}/`))
  const out = join(projectDirectory, 'out')
  const earlier = present(out)
  const given: string[] = []
  for await (const { path, content } of eachFile(outputs)) {
    given.push(path)
    const name = nameOf(path)
    if (name === undefined) continue
    if (content === null) await remove(out, earlier, [path])
    else await writeAtomically(join(out, path), content, { durable: durable.has(name) })
  }
  const missing = declared.filter((name) => !given.some((path) => nameOf(path) === name))
  const undeclared = given.filter((path) => nameOf(path) === undefined)
  if (missing.length + undeclared.length > 0) {
    throw new Error(
      `stage \`${stage}\` must give exactly its declared outputs: missing ${missing.join(', ')}; undeclared ${undeclared.join(', ')}`,
    )
  }
  const log = events.map((event) => `${JSON.stringify(event)}\n`).join('')
  if (log === '') await remove(out, earlier, [logOf(stage)])
  else await writeAtomically(join(out, logOf(stage)), log, { durable: false })
}

/** What lies in a folder: one look at it costs less than the removal of each file that is not there. */
function present(folder: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(folder))
  } catch (error) {
    if (isMissing(error)) return new Set()
    throw error
  }
}

async function remove(out: string, earlier: ReadonlySet<string>, paths: readonly string[]): Promise<void> {
  const there = paths.filter((path) => earlier.has(path.split('/')[0]!))
  await Promise.all(there.map((path) => rm(join(out, path), { recursive: true, force: true })))
}

function logOf(stage: string): string {
  return `${stage}.log.jsonl`
}

async function* eachFile(
  outputs: Outputs | AsyncIterable<OutputFile>,
): AsyncGenerator<{ path: string; content: string | OutputFile['content'] }> {
  if (Symbol.asyncIterator in outputs) yield* outputs
  else for (const [path, content] of Object.entries(outputs)) yield { path, content }
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
