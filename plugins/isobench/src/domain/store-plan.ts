/** An environment in the store, with its wheel. */
export interface StoredEnvironment {
  readonly key: string
  /** Milliseconds since 1970; null for one that was never finished */
  readonly lastUsed: number | null
  readonly inUse: boolean
}

/**
 * Environments in the order in which they are kept: those in use, then the others, last used first. What is measured in
 * this order is what each adds to the ones before it, because files that they share count once, for the first.
 */
export function inOrderOfKeeping<Stored extends StoredEnvironment>(environments: readonly Stored[]): Stored[] {
  return environments.toSorted(
    (a, b) =>
      Number(b.inUse) - Number(a.inUse) ||
      (b.lastUsed ?? 0) - (a.lastUsed ?? 0) ||
      (a.key < b.key ? -1 : Number(a.key > b.key)),
  )
}

/**
 * Which environments must go so that the others fit: all after the first that does not. Those in use stay, those that
 * were never finished go in any case.
 * @param environments in the order of keeping, each with the bytes that it adds to the ones before it
 * @param budgetBytes for these environments
 */
export function environmentsToRemove<Stored extends StoredEnvironment & { readonly addedBytes: number }>(
  environments: readonly Stored[],
  budgetBytes: number,
): Stored[] {
  let bytes = 0
  let isFull = false
  return environments.filter(({ addedBytes, inUse, lastUsed }) => {
    bytes += addedBytes
    isFull ||= bytes > budgetBytes
    return !inUse && (isFull || lastUsed === null)
  })
}
