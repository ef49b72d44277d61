/** So few shards that each has a commit, and not more than `most`. */
export function shardCount(commits: number, most: number): number {
  return Math.min(commits, Math.max(1, most))
}

/** The commits of a shard such as `2/4`. Together the shards have each commit once; their sizes differ by one at most. */
export function shardOf(commits: readonly string[], shard: string): string[] {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(shard) ?? []).map(Number)
  if (index === undefined || count === undefined || index < 1 || index > count) {
    throw new Error(`a shard is written as 2/4: ${shard}`)
  }
  return commits.toSorted().filter((_, position) => position % count === index - 1)
}
