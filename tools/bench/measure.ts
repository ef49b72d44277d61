/** One figure of a benchmark. What depends on the machine is a ratio to a peer measured in the same run. */
export interface Measure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** e.g. `<= 1.15`; null where none is set */
  readonly goal: string | null
  readonly met: boolean | null
  /** What the peers did in the same run, in the unit that the key names; a text says why there is no figure. */
  readonly peers: Readonly<Record<string, number | string>>
}

/** What a file `tools/bench/<name>.bench.ts` exports. */
export interface Subject {
  readonly measures: () => AsyncIterable<Measure>
}

/** A measure without a goal. */
export function figure(name: string, value: number, unit: string, peers: Measure['peers'] = {}): Measure {
  return { name, value: rounded(value), unit, goal: null, met: null, peers: roundedPeers(peers) }
}

/** A measure that should be at most `limit`. */
export function atMost(
  limit: number,
  name: string,
  value: number,
  unit: string,
  peers: Measure['peers'] = {},
): Measure {
  return { ...figure(name, value, unit, peers), goal: `<= ${limit}`, met: value <= limit }
}

/** A measure that should be at least `limit`. */
export function atLeast(
  limit: number,
  name: string,
  value: number,
  unit: string,
  peers: Measure['peers'] = {},
): Measure {
  return { ...figure(name, value, unit, peers), goal: `>= ${limit}`, met: value >= limit }
}

function roundedPeers(peers: Measure['peers']): Measure['peers'] {
  return Object.fromEntries(
    Object.entries(peers).map(([peer, value]) => [peer, typeof value === 'number' ? rounded(value) : value]),
  )
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
