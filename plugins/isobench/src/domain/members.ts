/** A commit that a dataset can name. */
export interface Member {
  readonly repository: string
  readonly folder: string
  readonly name: string
}

/** What a list of patterns selects, and which pattern selects nothing. */
export interface Selection<M extends Member> {
  readonly members: M[]
  readonly unknown: { readonly pattern: string; readonly index: number }[]
}

/**
 * The commits that `dataset.yaml` names: `<repository>`, `<repository>/*` or `<repository>/<sha8>`.
 * A pattern without a commit is reported and never a silent omission: a typo must not shrink a dataset.
 */
export function selectMembers<M extends Member>(patterns: readonly string[], commits: readonly M[]): Selection<M> {
  const matches = (pattern: string): M[] => {
    const [repository, folder = '*'] = pattern.split('/')
    return commits.filter((commit) => commit.repository === repository && (folder === '*' || commit.folder === folder))
  }
  const members = new Set(patterns.flatMap(matches))
  return {
    members: [...members].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    unknown: patterns
      .map((pattern, index) => ({ pattern, index }))
      .filter(({ pattern }) => matches(pattern).length === 0),
  }
}
