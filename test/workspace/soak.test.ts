import { expect, test } from 'vitest'
import { killRepeatedly } from '../../tools/soak/kills.ts'

/** The short form of `npm run soak`, by the same code. */
test('kill -9 at random moments loses no measurement, repeats none and leaves nothing half-made', async () => {
  const lines: string[] = []
  const options = { commits: 2, kills: 4, seed: 7, latestSeconds: 8, log: (line: string) => void lines.push(line) }
  const { disturbances, ...problems } = await killRepeatedly(options)
  expect({ lines, ...problems }).toMatchObject({ lost: [], halfMade: [], unlikeFreshCache: [], unlikeUndisturbed: [] })
  expect(disturbances.some(({ killed }) => killed > 0)).toBe(true)
}, 1_200_000)
