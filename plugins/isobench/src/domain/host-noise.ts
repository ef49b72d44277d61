import type { HostNoise } from '../schema/measurement.ts'
import type { Run } from '../schema/run-bundle.ts'
import { standardDeviation } from './hodges-lehmann.ts'

/**
 * From here on the machine itself is what varies. 5 % between two runs of a fixed loop is where measure.md §3.9 draws
 * the line; 1 % of stolen time is as much as the smallest effect that is ever called one; with a fourth of the machine
 * in use by others, no processor is ours alone on the machines we saw (two threads a core, clocks that sink under load).
 */
const limits: Record<keyof HostNoise, number> = { probe: 0.05, spin: 0.05, lost: 0.05, steal: 0.01, others: 0.25 }

/**
 * How restless the host was while the pairs were measured: coefficients of variation of the two fixed loops (`probe` in
 * each process, `spin` before each block), and means of the shares of time that were lost, stolen, or used by others.
 * null where nothing was recorded.
 */
export function hostNoise(runs: readonly Run[]): HostNoise {
  const hosts = runs.flatMap((run) => run.host ?? [])
  const spins = hosts.flatMap(({ spin }) => spin ?? [])
  const during = runs.flatMap((run) => (run.purpose === 'pair' && run.host !== undefined ? run.host : []))
  return {
    probe: variation(runs.flatMap((run) => (run.purpose === 'pair' ? (run.probe_seconds ?? []) : []))),
    spin: variation(spins.map(({ seconds }) => seconds)),
    lost: mean(spins.map(({ lost }) => lost)),
    steal: mean(during.flatMap(({ steal }) => steal ?? [])),
    others: mean(during.flatMap(({ others }) => others ?? [])),
  }
}

/** Whether a figure of the host is beyond what a measurement should have under it. */
export function isHostUnstable(noise: HostNoise): boolean {
  return Object.entries(limits).some(([name, limit]) => (noise[name as keyof HostNoise] ?? 0) > limit)
}

function variation(values: readonly number[]): number | null {
  const [average, deviation] = [mean(values), standardDeviation(values)]
  return average === null || deviation === null ? null : deviation / average
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
