import { historyMeasures } from './history.ts'
import type { Measure } from './measure.ts'
import { miningMeasures } from './mining.ts'

/** Where commits come from, and what their measurements say in a row: mining a history, and changes in series. */
export async function* measures(): AsyncGenerator<Measure> {
  yield* miningMeasures(20_000)
  yield* historyMeasures()
}
