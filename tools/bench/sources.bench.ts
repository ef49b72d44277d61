import type { Measure } from './measure.ts'
import { miningMeasures } from './mining.ts'

/** Where commits come from: finding them in a history. */
export async function* measures(): AsyncGenerator<Measure> {
  yield* miningMeasures(20_000)
}
