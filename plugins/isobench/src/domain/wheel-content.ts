import { commitInVersion } from './identity.ts'
import { objection } from './wheel-answer.ts'
import { normalizeName, normalizeVersion } from './wheel-name.ts'

/** What a wheel must say of itself to be taken. */
export interface WantedContent {
  readonly distribution: string
  /** Full hash: a version that names another commit is refused */
  readonly commit: string
  /** The exact version; undefined: any */
  readonly version?: string
  /** Digest that a list announces; undefined where it announces none */
  readonly sha256?: string
  /** Whether 403 is how the host says that it has no such file */
  readonly forbiddenIsAbsent?: boolean
}

/** What is known of a wheel: null is what was not read. */
export interface KnownContent {
  readonly name: string | null
  readonly version: string | null
  readonly sha256: string | null
}

/** Why a wheel is not the wanted one, with both values; undefined when nothing that is known of it speaks against it. */
export function contradiction({ name, version, sha256 }: KnownContent, wanted: WantedContent): string | undefined {
  if (sha256 !== null && wanted.sha256 !== undefined && wanted.sha256 !== sha256) {
    return objection('invalid', `wanted sha256 ${wanted.sha256}, got: ${sha256}`)
  }
  if (name !== null && normalizeName(name) !== normalizeName(wanted.distribution)) {
    return objection('mismatch', `wanted the distribution ${wanted.distribution}, METADATA says: ${name}`)
  }
  if (version === null) return undefined
  if (wanted.version !== undefined && normalizeVersion(wanted.version) !== normalizeVersion(version)) {
    return objection('mismatch', `wanted version ${wanted.version}, METADATA says: ${version}`)
  }
  const named = commitInVersion(version)
  if (named === undefined || wanted.commit.startsWith(named)) return undefined
  return objection('mismatch', `wanted commit ${wanted.commit}, the version says: ${version}`)
}
