import type { Funnel } from '../schema/dataset.ts'
import type { DatasetSettings } from '../schema/dataset-settings.ts'
import { reasons } from '../schema/outcome.ts'
import { controlsOnCard, medianNoiseFloor } from './card-controls.ts'
import type { Configuration } from './card-front-matter.ts'
import { columnsTable } from './columns-table.ts'
import type { Column } from './columns.ts'
import { adjustedProbabilities, falseDiscoveryRate } from './false-discovery.ts'
import { ledgerOf } from './ledger.ts'
import type { RecordSummary } from './record-summary.ts'

/** How many commits share a value. */
export interface Count {
  readonly value: string
  readonly commits: number
}

/** What the dataset is made of, besides its rows. */
export interface CardInput {
  readonly name: string
  readonly settings: DatasetSettings
  readonly records: readonly RecordSummary[]
  readonly funnel: Funnel
  readonly columns: readonly Column[]
  /** The other configurations, and what a row of each is */
  readonly further: readonly Pick<Configuration, 'name' | 'row' | 'rows' | 'columns'>[]
  readonly tool: string
}

/** What a card template sees as `it`. Every figure is computed from the records. */
export type CardData = ReturnType<typeof cardData>

/** Computes what the card says, from the records alone. Counts come most frequent first. */
export function cardData({ name, settings, records, funnel, columns, further, tool }: CardInput) {
  const ledger = ledgerOf(records)
  const dates = records.map((record) => record.commit_date).toSorted()
  return {
    name,
    title: settings.title ?? name,
    description: settings.description ?? null,
    license: settings.license,
    split: settings.split,
    hub_repository: settings.hub_repository ?? null,
    tool,
    commits: records.length,
    measured: records.filter((record) => record.status === 'measured').length,
    first_date: dates.at(0) ?? null,
    last_date: dates.at(-1) ?? null,
    verdicts: funnel.verdicts,
    stages: funnel.stages,
    reasons,
    median_improvement: medianImprovement(records),
    false_discovery: falseDiscovery(records),
    controls: controlsOnCard(records),
    noise_floor: medianNoiseFloor(records),
    repositories: counted(records, (record) => [withLicense(record)]),
    protocols: counted(records, ({ measurement }) => [
      measurement.protocol && `${measurement.protocol}, ${measurement.profile}`,
    ]),
    sandboxes: counted(records, (record) => [record.measurement.sandbox]),
    flags: counted(records, (record) => record.measurement.flags),
    machines: counted(records, (record) => [machine(record)]),
    wheel_sources: counted(records, ({ environment }) => [environment.base?.source, environment.head?.source]),
    test_origins: counted(records, (record) => [record.generation_config.origin ?? 'none']),
    models: counted(records, (record) => [modelName(record)]),
    tasks: counted(records, (record) => [record.task_leak?.severity]),
    usage: ledger.total,
    costs: ledger.models,
    columns_table: columnsTable(columns, { fields: false }),
    fields_table: columnsTable(columns, { fields: true }),
    further: further.map((table) => ({
      name: table.name,
      row: table.row,
      rows: table.rows,
      columns_table: columnsTable(table.columns, { fields: true }),
    })),
  }
}

/** Values with how many records have each; null and undefined are not counted, and a record counts a value once. */
function counted(
  records: readonly RecordSummary[],
  valuesOf: (record: RecordSummary) => readonly (string | null | undefined)[],
): Count[] {
  const commits = new Map<string, number>()
  for (const record of records) {
    for (const value of new Set(valuesOf(record))) {
      if (value !== null && value !== undefined) commits.set(value, (commits.get(value) ?? 0) + 1)
    }
  }
  return [...commits]
    .map(([value, count]) => ({ value, commits: count }))
    .toSorted((a, b) => b.commits - a.commits || (a.value < b.value ? -1 : 1))
}

/** The median improvement of the commits whose verdict is `improved`; null without one. */
function medianImprovement(records: readonly RecordSummary[]): number | null {
  const improvements = records
    .flatMap(({ verdict, performance_improvement: value }) => (verdict === 'improved' && value !== null ? [value] : []))
    .toSorted((a, b) => a - b)
  if (improvements.length === 0) return null
  const middle = (improvements.length - 1) / 2
  return (improvements[Math.floor(middle)]! + improvements[Math.ceil(middle)]!) / 2
}

/**
 * How many of the verdicts `improved` and `regressed` hold when the p values of all measured commits are taken together
 * (Benjamini and Hochberg), at the rate given.
 */
function falseDiscovery(records: readonly RecordSummary[]) {
  const adjusted = adjustedProbabilities(records)
  const claims = records.flatMap(({ verdict, instance_id: id }) =>
    verdict === 'improved' || verdict === 'regressed' ? (adjusted.get(id) ?? []) : [],
  )
  return {
    rate: falseDiscoveryRate,
    tested: adjusted.size,
    verdicts: claims.length,
    hold: claims.filter((p) => p <= falseDiscoveryRate).length,
  }
}

function withLicense({ repository, repository_url: url, repository_license: license }: RecordSummary): string {
  return [repository, url, license].filter((part) => part !== null).join(', ')
}

function machine({ measurement: { fingerprint } }: RecordSummary): string | null {
  if (fingerprint === null) return null
  const { cpu, cores, system, accelerator } = fingerprint
  const device = accelerator === null ? 'no accelerator' : `${accelerator.name} (driver ${accelerator.driver})`
  return `${cpu}, ${cores} cores, ${device}, ${system}`
}

function modelName({ generation_config: { model, provider, origin } }: RecordSummary): string | null {
  if (model === null || origin === 'reviewed') return null
  return provider === null ? model : `${model} at ${provider}`
}
