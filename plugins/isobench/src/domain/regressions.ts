import type { Acknowledged } from '../schema/acknowledged.ts'
import type { CommitRecord } from '../schema/record.ts'
import { sha256 } from './digest.ts'
import { adjustedProbabilities, falseDiscoveryRate } from './false-discovery.ts'

/** A commit that became slower, also when all commits of the dataset are taken together. */
export interface Regression {
  /** `urn:uuid:`, the same for the commit in this dataset for ever */
  readonly id: string
  readonly record: CommitRecord
  /** After the correction for multiplicity */
  readonly adjustedProbability: number
  readonly acknowledged: Acknowledged['regressions'][number] | null
}

/** The regressions of a dataset, the newest first, and the places of acknowledgements that name no commit of it. */
export interface Regressions {
  readonly open: readonly Regression[]
  readonly acknowledged: readonly Regression[]
  readonly unknown: readonly { readonly index: number; readonly commit: string }[]
}

/**
 * The commits with the verdict `regressed` that hold at the false discovery rate of the card, over the p values of all
 * measured commits.
 */
export function regressionsOf(
  dataset: string,
  records: readonly CommitRecord[],
  acknowledgements: Acknowledged['regressions'],
): Regressions {
  const adjusted = adjustedProbabilities(records)
  const all = records
    .flatMap((record): Regression[] => {
      const probability = adjusted.get(record.instance_id)
      if (record.verdict !== 'regressed' || probability === undefined || probability > falseDiscoveryRate) return []
      const acknowledged = acknowledgements.find(({ commit }) => isNamed(record, commit)) ?? null
      return [{ id: idOf(dataset, record), record, adjustedProbability: probability, acknowledged }]
    })
    .toReversed()
  return {
    open: all.filter(({ acknowledged }) => acknowledged === null),
    acknowledged: all.filter(({ acknowledged }) => acknowledged !== null),
    unknown: acknowledgements
      .map(({ commit }, index) => ({ index, commit }))
      .filter(({ commit }) => !records.some((record) => isNamed(record, commit))),
  }
}

function isNamed({ repository, head_commit: head }: CommitRecord, commit: string): boolean {
  const [name, hash = ''] = commit.split('/')
  return name === repository && head.startsWith(hash)
}

/** A UUID of version 8 (RFC 9562) from the names of dataset and commit. */
function idOf(dataset: string, { repository, head_commit: head }: CommitRecord): string {
  const digits = sha256(`isobench regression ${dataset} ${repository} ${head}`)
  const variant = ((Number.parseInt(digits[16]!, 16) & 3) | 8).toString(16)
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`, variant + digits.slice(17, 20)]
  return `urn:uuid:${parts.join('-')}-${digits.slice(20, 32)}`
}
