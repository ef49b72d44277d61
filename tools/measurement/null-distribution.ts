/**
 * Writes `plugins/isobench/src/domain/null-distribution.ts`: how likely each profile's looks see what they see when
 * base and head are the same. `node tools/measurement/null-distribution.ts`, about five minutes.
 *
 * Under the null hypothesis every difference has a fair sign, and each new one falls at a uniformly random place among
 * the sizes so far. So the signs in order of size are a Markov chain over bit patterns, exact up to 20 pairs (2^20
 * patterns). Looks beyond are simulated from the exact distribution at 20 pairs, with a fixed seed.
 */
import { writeFileSync } from 'node:fs'
import { profiles } from '../../plugins/isobench/src/domain/profiles.ts'
import type { Look } from '../../plugins/isobench/src/schema/run-bundle.ts'

const paths = 20_000_000
const exactPairs = 20

/** P(rejected at an earlier look) + P(min(W+, W−) ≤ w here, not rejected before), for every w, one array a look. */
function stageWise(looks: readonly Pick<Look, 'pairs' | 'critical'>[]): number[][] {
  let mass = Float64Array.of(1)
  let size = 0
  let spent = 0
  const tables: number[][] = []
  for (const look of looks.filter(({ pairs }) => pairs <= exactPairs)) {
    for (; size < look.pairs; size++) mass = insertOne(mass, size)
    const most = Math.floor((size * (size + 1)) / 4)
    const probability = new Float64Array(most + 1)
    for (let pattern = 0; pattern < mass.length; pattern++) {
      const smaller = smallerSum(pattern, size)
      probability[smaller]! += mass[pattern]!
      if (smaller <= look.critical) mass[pattern] = 0
    }
    tables.push(cumulative(probability, spent))
    spent = tables.at(-1)![look.critical]!
  }
  return [...tables, ...simulated(mass, size, spent, looks.slice(tables.length))]
}

/** The distribution over patterns of one sign more: at each place with equal chance, up or down. */
function insertOne(mass: Float64Array, size: number): Float64Array<ArrayBuffer> {
  const next = new Float64Array(mass.length * 2)
  const share = 1 / (2 * (size + 1))
  for (let pattern = 0; pattern < mass.length; pattern++) {
    const each = mass[pattern]! * share
    if (each === 0) continue
    for (let place = 0; place <= size; place++) {
      const low = pattern & ((1 << place) - 1)
      const without = ((pattern >> place) << (place + 1)) | low
      next[without]! += each
      next[without | (1 << place)]! += each
    }
  }
  return next
}

function smallerSum(pattern: number, size: number): number {
  let positive = 0
  for (let rank = 0; rank < size; rank++) if ((pattern >> rank) & 1) positive += rank + 1
  return Math.min(positive, (size * (size + 1)) / 2 - positive)
}

function cumulative(probability: Float64Array, before: number): number[] {
  let sum = before
  return Array.from(probability, (each) => (sum += each))
}

function simulated(
  mass: Float64Array,
  startSize: number,
  startSpent: number,
  looks: readonly Pick<Look, 'pairs' | 'critical'>[],
): number[][] {
  if (looks.length === 0) return []
  const random = generator(0x15_0b_e4_c4)
  const upTo = Float64Array.from(cumulative(mass, 0))
  const alive = upTo.at(-1)!
  const counts = looks.map(({ pairs }) => new Float64Array(Math.floor((pairs * (pairs + 1)) / 4) + 1))
  const signs = new Uint8Array(looks.at(-1)!.pairs)
  for (let path = 0; path < paths; path++) {
    const pattern = firstAbove(upTo, random() * alive)
    for (let rank = 0; rank < startSize; rank++) signs[rank] = (pattern >> rank) & 1
    let size = startSize
    for (const [index, look] of looks.entries()) {
      for (; size < look.pairs; size++) {
        const place = Math.floor(random() * (size + 1))
        signs.copyWithin(place + 1, place, size)
        signs[place] = random() < 0.5 ? 0 : 1
      }
      let positive = 0
      for (let rank = 0; rank < size; rank++) positive += signs[rank]! * (rank + 1)
      const smaller = Math.min(positive, (size * (size + 1)) / 2 - positive)
      counts[index]![smaller]!++
      if (smaller <= look.critical) break
    }
  }
  let spent = startSpent
  return counts.map((count, index) => {
    const table = cumulative(
      count.map((each) => (each / paths) * alive),
      spent,
    )
    spent = table[looks[index]!.critical]!
    return table
  })
}

function firstAbove(upTo: Float64Array, value: number): number {
  let [low, high] = [0, upTo.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (upTo[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}

/** xoshiro128**, by Blackman and Vigna (public domain). Uniform in [0, 1). */
function generator(seed: number): () => number {
  const state = Uint32Array.of(seed, 0x9e37_79b9, 0x243f_6a88, 0xb7e1_5162)
  return () => {
    const result = Math.imul(rotated(Math.imul(state[1]!, 5) >>> 0, 7), 9) >>> 0
    const shifted = state[1]! << 9
    state[2]! ^= state[0]!
    state[3]! ^= state[1]!
    state[1]! ^= state[2]!
    state[0]! ^= state[3]!
    state[2]! ^= shifted
    state[3] = rotated(state[3]!, 11)
    return result / 2 ** 32
  }
}

function rotated(x: number, by: number): number {
  return ((x << by) | (x >>> (32 - by))) >>> 0
}

const entries = Object.entries(profiles)
  .map(([name, { looks }]) => {
    const tables = stageWise(looks).map(
      (table) => `[${table.map((p) => Number(Math.min(1, p).toPrecision(6))).join(',')}]`,
    )
    return `  ${name}: [${tables.join(',\n')}],`
  })
  .join('\n')

writeFileSync(
  new URL('../../plugins/isobench/src/domain/null-distribution.ts', import.meta.url),
  `/**
 * For every look of a profile, indexed by min(W+, W−): the probability, when base and head are the same, of having been
 * rejected at an earlier look or of seeing that little at this one. Written by tools/measurement/null-distribution.ts:
 * exact up to ${exactPairs} pairs; beyond, ${paths} simulated paths with a fixed seed (standard error below 0.00012).
 */
export const nullDistribution = {
${entries}
} as const satisfies Record<string, readonly (readonly number[])[]>
`,
)
