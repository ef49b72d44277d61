import type { MeasurementSettings } from '../schema/measurement-settings.ts'

/** Where a profile looks at the data. */
export interface Profile {
  /** Rejects when min(W+, W−) is at most `critical` at this many pairs */
  readonly looks: readonly { readonly pairs: number; readonly critical: number }[]
}

/**
 * The looks of each profile and what they spend. Two-sided chance of a false rejection over all looks: `quick` 0.0078,
 * `standard` 0.0197, `rigorous` 0.0193; half of it on each side. `quick` can find only what all 8 pairs agree on. Below
 * 8 pairs the exact test cannot reject at 1 % at all, so no profile has fewer.
 */
export const profiles: Record<MeasurementSettings['profile'], Profile> = {
  quick: { looks: [{ pairs: 8, critical: 0 }] },
  standard: {
    looks: [
      { pairs: 8, critical: 0 },
      { pairs: 12, critical: 6 },
      { pairs: 16, critical: 17 },
      { pairs: 20, critical: 34 },
    ],
  },
  rigorous: {
    looks: [
      { pairs: 8, critical: 0 },
      { pairs: 12, critical: 4 },
      { pairs: 16, critical: 15 },
      { pairs: 20, critical: 30 },
      { pairs: 28, critical: 80 },
      { pairs: 40, critical: 200 },
    ],
  },
}
