import type { ModelCosts, Ledger } from '../schema/dataset.ts'
import type { RecordSummary } from './record-summary.ts'

type Generated = RecordSummary['generation_config']

/** What the models of a dataset cost, computed from its records. Models come in the order of their names. */
export function ledgerOf(records: readonly RecordSummary[]): Ledger {
  const called = records.map((record) => record.generation_config).filter(({ attempts }) => attempts.length > 0)
  const byModel = Map.groupBy(called, ({ provider, model }) => JSON.stringify([model, provider]))
  return {
    schema_version: 1,
    total: costsOf(called),
    models: [...byModel.keys()].toSorted().map((name) => {
      const configs = byModel.get(name)!
      const { model, provider } = configs[0]!
      return Object.assign({ model, provider }, costsOf(configs))
    }),
  }
}

/** Sums over commits for which a model was called. A commit whose price or tokens are unknown is counted as such. */
function costsOf(configs: readonly Generated[]): ModelCosts {
  const tokens = (key: keyof Generated['usage']): number => sum(known(configs.map(({ usage }) => usage[key])))
  const costs = known(configs.map((config) => config.cost_usd))
  return {
    commits: configs.length,
    calls: sum(configs.map(({ attempts }) => attempts.length)),
    input_tokens: tokens('input_tokens'),
    cached_tokens: tokens('cached_tokens'),
    output_tokens: tokens('output_tokens'),
    reasoning_tokens: tokens('reasoning_tokens'),
    commits_without_tokens: configs.filter(({ usage }) => usage.input_tokens === null || usage.output_tokens === null)
      .length,
    cost_usd: sum(costs),
    commits_without_price: configs.length - costs.length,
  }
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
