import type { Overlay, WheelAttempt } from '../../schema/environment.ts'
import type { KnownContent, WantedContent } from '../../domain/wheel-content.ts'
import type { WheelSource } from '../../schema/repository.ts'
import type { StoredWheel } from '../wheel-store.ts'

/** The commit to find a wheel of. */
export interface CommitToInstall {
  readonly hash: string
  /** RFC 3339, UTC */
  readonly commitDate: string
}

/** What reading a wheel where it is gave: the whole wheel, or a part of it. null is what was not read. */
export type ReadWheel = KnownContent

/** A wheel, and where a source has it. */
export type Located<Read extends ReadWheel> = Read & {
  readonly rung: WheelAttempt['rung']
  /** URL, or `build:<commit>` or `overlay:<commit>` */
  readonly location: string
  /** Up to when build requirements were considered, where it was built here */
  readonly buildCutoff?: string
  /** What it was made of, where the files of its commit were written over the wheel of an ancestor */
  readonly overlay?: Overlay
}

/** A wheel that a source has. */
export type Wheel = Located<StoredWheel>

/** Reads the wheel at a URL, or says in one line why it is refused, not the wanted one, or not there. */
export type Reader<Read extends ReadWheel> = (url: string, wanted: WantedContent) => Promise<Read | string>

/** The bytes of one file at a commit; null where it has no such file. */
export type FileReader = (commit: string, path: string) => Promise<Uint8Array | null>

/** Asks one source for the wheel of a commit. @param python wanted version such as `3.11` */
export type Ask<Found = Wheel> = (
  source: WheelSource,
  commit: CommitToInstall,
  python?: string,
) => Promise<Probe<Found>>

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
