import type { WheelAttempt } from '../../schema/environment.ts'
import type { StoredWheel } from '../wheel-store.ts'

/** The commit to find a wheel of. */
export interface CommitToInstall {
  readonly hash: string
  /** RFC 3339, UTC */
  readonly commitDate: string
}

/** What reading a wheel where it is gave: the whole wheel, or a part of it. null is what was not read. */
export interface ReadWheel {
  readonly version: string | null
  readonly sha256: string | null
}

/** A wheel, and where a source has it. */
export type Located<Read extends ReadWheel> = Read & {
  readonly rung: WheelAttempt['rung']
  /** URL, or `build:<commit>` */
  readonly location: string
}

/** A wheel that a source has. */
export type Wheel = Located<StoredWheel>

/** Reads the wheel at a URL, or says in one line why it is refused or not there. */
export type Reader<Read extends ReadWheel> = (url: string) => Promise<Read | string>

/**
 * What asking a source gave: a wheel or none, with everything that was tried. A source that cannot be asked (network,
 * missing tool) throws instead: that is no answer.
 */
export interface Probe<Found = Wheel> {
  readonly wheel: Found | null
  readonly attempts: readonly WheelAttempt[]
  /** Why the source does not build; null when nothing was built or the build went well */
  readonly buildFailure: string | null
}
