import type { Overlay, WheelAttempt } from '../../schema/environment.ts'
import type { StoredWheel } from '../wheel-store.ts'

/** The commit to find a wheel of. */
export interface CommitToInstall {
  readonly hash: string
  /** RFC 3339, UTC */
  readonly commitDate: string
}

/** A wheel that a source has. */
export interface Wheel extends StoredWheel {
  readonly rung: WheelAttempt['rung']
  /** URL, or `build:<commit>` or `overlay:<commit>` */
  readonly location: string
  /** Up to when build requirements were considered, where it was built here */
  readonly buildCutoff?: string
  /** What it was made of, where the files of its commit were written over the wheel of an ancestor */
  readonly overlay?: Overlay
}

/**
 * What asking a source gave: a wheel or none, with everything that was tried. A source that cannot be asked (network,
 * missing tool) throws instead: that is no answer.
 */
export interface Probe {
  readonly wheel: Wheel | null
  readonly attempts: readonly WheelAttempt[]
  /** Why the source does not build; null when nothing was built or the build went well */
  readonly buildFailure: string | null
}
