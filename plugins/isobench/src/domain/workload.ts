import { posix } from 'node:path'
import type { Analysis } from '../schema/analysis.ts'
import type { Workload } from '../schema/workload.ts'
import { normalizeCode } from './answer.ts'
import { canonicalJsonLine } from './canonical-json.ts'
import { sha256 } from './digest.ts'

/** A workload that fits a commit, and the name for which it was chosen. */
export interface ChosenWorkload {
  readonly workload: Workload
  readonly api: string
}

/** The first workload that fits the most changed name; where none does, that of the next name, and so on. */
export function chooseWorkload(
  workloads: readonly Workload[],
  { affected_apis, functions, change_class }: Pick<Analysis, 'affected_apis' | 'functions' | 'change_class'>,
): ChosenWorkload | null {
  const changed = functions.flatMap(({ module, name }) => (module === null ? [] : [`${module}.${name}`]))
  for (const api of new Set([...affected_apis, ...changed])) {
    const workload = workloads.find(
      ({ apis, change_classes }) =>
        (change_classes ?? [change_class]).includes(change_class) && apis.some((glob) => matches(api, glob)),
    )
    if (workload !== undefined) return { workload, api }
  }
  return null
}

/** The test that a workload makes: the same for every commit that it is chosen for by the same name. */
export function workloadTest({ workload, api }: ChosenWorkload): string {
  const { name, imports, setup, experiment, digest, metrics } = workload
  const functions = [
    functionText('setup()', setup),
    functionText('experiment(state)', experiment),
    ...(digest === undefined ? [] : [functionText('digest(result)', digest)]),
    ...(metrics === undefined ? [] : [functionText('metrics(result)', metrics)]),
  ]
  const head = `"""Workload \`${name}\`, written down for the repository and chosen for \`${api}\`."""\n\n${imports.trim()}`
  return normalizeCode([head, ...functions].join('\n\n\n'))
}

/** What stands in place of a model's name: `template/<name>@<digest>`. */
export function workloadLabel(workload: Workload): string {
  return `template/${workload.name}@${sha256(canonicalJsonLine(workload)).slice(0, 12)}`
}

/** Dots part a name as slashes part a path: `*` is one part, `**` any number. */
function matches(name: string, glob: string): boolean {
  return posix.matchesGlob(name.replaceAll('.', '/'), glob.replaceAll('.', '/'))
}

function functionText(head: string, body: string): string {
  const lines = body.trimEnd().split('\n')
  return [`def ${head}:`, ...lines.map((line) => (line.trim() === '' ? '' : `    ${line}`))].join('\n')
}
