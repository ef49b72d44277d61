import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { median } from '../../plugins/isobench/src/domain/hodges-lehmann.ts'

const folder = join(import.meta.dirname, '../../../shared/data')
const workloads = {
  'h100-aa.jsonl': ['gemm', 'launch', 'gen', 'pre'],
  'h100-aa-pinned.jsonl': ['gemm_ev_rest', 'graph', 'dec'],
} as const

/** Real processes of one and the same code on an H100: seconds of each, by workload, the first of a session left out. */
export function h100Noise(): Map<string, number[]> {
  return new Map(
    Object.entries(workloads).flatMap(([file, names]) => {
      const processes = readFileSync(join(folder, file), 'utf8').trim().split('\n').slice(1)
      return names.map((name) => [name, processes.map((line) => warmMedian(line, name))] as const)
    }),
  )
}

/** The median of the iterations of a process, without its first, which is cold. */
function warmMedian(line: string, name: string): number {
  const { r } = JSON.parse(line) as { r: Record<string, number[]> }
  return median(r[name]!.slice(1))
}
