import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exists, readTextIfPresent } from '../../plugins/isobench/src/adapters/files.ts'
import { run } from '../../plugins/isobench/src/adapters/process.ts'

/** Lines of `runs.jsonl` by the folder of their bundle: one line is one process that was measured. */
export type Runs = ReadonlyMap<string, readonly string[]>

/** What the store holds of measurements; a last line that is not whole yet does not count. */
export async function readRuns(storeDirectory: string): Promise<Runs> {
  const bundles = join(storeDirectory, 'bundles')
  const names = (await exists(bundles)) ? await readdir(bundles) : []
  const entries = await Promise.all(
    names.map(async (name) => {
      const text = (await readTextIfPresent(join(bundles, name, 'out/runs.jsonl'))) ?? ''
      return [name, text.split('\n').slice(0, -1)] as const
    }),
  )
  return new Map(entries.filter(([, lines]) => lines.length > 0).toSorted(([a], [b]) => a.localeCompare(b)))
}

/** What went lost or was measured again between two states: each bundle may only have grown. Empty when nothing did. */
export function lostRuns(before: Runs, after: Runs): string[] {
  return [...before].flatMap(([bundle, lines]) => {
    const now = after.get(bundle) ?? []
    const changed = lines.findIndex((line, index) => now[index] !== line)
    return changed === -1 ? [] : [`${bundle}: run ${changed + 1} of ${lines.length} is gone or another one`]
  })
}

/** Environments that say they are ready and are not whole: a file is missing or is not what the wheel's RECORD says. */
export async function halfMadeEnvironments(storeDirectory: string): Promise<string[]> {
  const folder = join(storeDirectory, 'envs')
  const names = (await exists(folder)) ? await readdir(folder) : []
  const ready = names.filter((name) => name.endsWith('.ready.json')).map((name) => name.replace('.ready.json', ''))
  const problems: string[] = []
  for (const key of ready) {
    const python = join(folder, key, 'bin/python')
    if (!(await exists(python))) problems.push(`${key}: no interpreter`)
    else {
      const { exitCode, stdout, stderr } = await run(python, ['-I', '-c', checkRecords])
      if (exitCode !== 0) problems.push(`${key}: ${(stdout + stderr).trim()}`)
    }
  }
  return problems
}

const checkRecords = `
import base64, hashlib, importlib.metadata, sys
bad = []
for distribution in importlib.metadata.distributions():
    for file in distribution.files or []:
        if file.hash is None:
            continue
        try:
            content = file.locate().read_bytes()
        except OSError as error:
            bad.append(str(error))
            continue
        digest = base64.urlsafe_b64encode(hashlib.new(file.hash.mode, content).digest()).rstrip(b"=").decode()
        if digest != file.hash.value:
            bad.append(str(file))
if bad or not list(importlib.metadata.distributions()):
    sys.exit("not whole: " + ", ".join(bad))
`

/** The outputs of stages that measure nothing, and of the dataset, as text by path; logs hold times and do not count. */
export async function readOutputs(directory: string, folders: readonly string[]): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const folder of folders) {
    const out = join(directory, folder, 'out')
    const entries = await readdir(out, { recursive: true, withFileTypes: true })
    for (const entry of entries.filter((each) => each.isFile() && !each.name.endsWith('.log.jsonl'))) {
      const path = join(entry.parentPath, entry.name)
      files.set(path.slice(directory.length + 1), await readFile(path, 'latin1'))
    }
  }
  return new Map([...files].toSorted(([a], [b]) => a.localeCompare(b)))
}

/** Paths that are in one only, or differ. */
export function differences(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path)).toSorted()
}

/** Outputs that measure nothing: equal wherever and however often a commit is measured. */
export const unmeasured =
  /\/(analysis\.json|environment\.json|pylock\.(base|head)\.toml|generation\.json|efficiency_test\.py)$/
