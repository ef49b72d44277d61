import { normalNumbers, randomNumbers } from './runs.ts'

/** So many values around each level, in order, with noise of this deviation. */
export function noisyLevels(
  seed: number,
  levels: readonly { readonly count: number; readonly level: number }[],
  deviation: number,
): number[] {
  const normal = normalNumbers(seed)
  return levels.flatMap(({ count, level }) => Array.from({ length: count }, () => level + deviation * normal()))
}

/** A series of 8 to 119 values with up to three steps of up to 10 %, and noise of 1 %. */
export function steppedSeries(seed: number): number[] {
  const random = randomNumbers(seed)
  const count = 8 + Math.floor(random() * 112)
  const steps = Array.from({ length: Math.floor(random() * 4) }, () => ({
    at: Math.floor(random() * count),
    size: 0.2 * (random() - 0.5),
  }))
  const normal = normalNumbers(seed + 1_000_000)
  return Array.from({ length: count }, (_, place) =>
    steps.reduce((level, { at, size }) => level + (place >= at ? size : 0), 0.01 * normal()),
  )
}
