import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Collected } from '../domain/collection.ts'
import { parseRuns } from '../domain/runs.ts'
import { IsobenchError } from '../errors.ts'
import { Fingerprint } from '../schema/measurement.ts'
import { ControlKind, Installed, Plan } from '../schema/run-bundle.ts'
import { exists, readTextIfPresent, sha256, writeAtomically } from './files.ts'
import { runsFolder } from './runner.ts'

/** What a machine gave back for one commit, read but not yet compared with anything. */
export interface Result extends Collected {
  /** The texts as they came, by file name */
  readonly texts: Readonly<Record<(typeof names)[number], string>>
}

const names = ['runs.jsonl', 'fingerprint.json', 'installed.json'] as const

/** What a folder has results of: a commit, or an A/A control of it. */
interface Found {
  readonly folder: string
  readonly instanceId: string
  readonly control: ControlKind | null
}

/** The commits and controls that a folder has results of: `results/` of a bundle, or the bundle itself. */
export async function findResults(folder: string): Promise<Found[]> {
  const inside = join(folder, 'results')
  const root = (await exists(inside)) ? inside : folder
  const entries = (await exists(root)) ? await readdir(root, { withFileTypes: true }) : []
  const found: Found[] = []
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const at = join(root, entry.name)
    if (entry.isDirectory() && (await exists(join(at, 'plan.json')))) found.push({ folder: at, ...named(entry.name) })
  }
  return found
}

function named(name: string): Pick<Found, 'instanceId' | 'control'> {
  const control = ControlKind.options.find((kind) => name.endsWith(`.${kind}`)) ?? null
  return { instanceId: control === null ? name : name.slice(0, -control.length - 1), control }
}

/**
 * Reads what one machine gave back for one commit.
 * @throws IsobenchError `corrupt-artifact` for a file that is missing or is not what it should be
 */
export async function readResult(folder: string): Promise<Result> {
  const [plan, runs, fingerprint, installed] = await Promise.all(
    ['plan.json', ...names].map((name) => readTextIfPresent(join(folder, name))),
  )
  if (runs === undefined || fingerprint === undefined || installed === undefined) {
    throw new IsobenchError('corrupt-artifact', `nothing was measured: ${folder}`)
  }
  if (!runs.endsWith('\n')) throw new IsobenchError('corrupt-artifact', 'cut off in the middle of a line: runs.jsonl')
  return {
    plan: parsed(Plan, plan!, 'plan.json'),
    runs: parseRuns(runs),
    fingerprint: parsed(Fingerprint, fingerprint, 'fingerprint.json'),
    installed: parsed(Installed, installed, 'installed.json'),
    installedSha256: sha256(installed),
    texts: { 'runs.jsonl': runs, 'fingerprint.json': fingerprint, 'installed.json': installed },
  }
}

/** The runs that are kept for a plan; undefined when there are none. */
export function keptRuns(storeDirectory: string, planSha256: string): Promise<string | undefined> {
  return readTextIfPresent(join(runsFolder(storeDirectory, planSha256), 'runs.jsonl'))
}

/** Puts runs where `run-gpu` finds them. */
export async function keepResult(storeDirectory: string, planSha256: string, { texts }: Result): Promise<void> {
  const folder = runsFolder(storeDirectory, planSha256)
  for (const name of names.toReversed()) await writeAtomically(join(folder, name), texts[name])
}

function parsed<Schema extends z.ZodType>(schema: Schema, text: string, name: string): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new IsobenchError('corrupt-artifact', `does not fit its schema: ${name}`, { cause })
  }
}
