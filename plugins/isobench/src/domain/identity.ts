import type { InstalledSide } from '../schema/environment.ts'
import type { Installed } from '../schema/run-bundle.ts'
import { normalizeName } from './wheel-name.ts'

/** What an environment says of itself. */
export interface InstalledFacts {
  /** Version that `importlib.metadata` reports; null when the distribution is not there */
  readonly version: string | null
  /** Every distribution installed: normalised name to version */
  readonly packages: Readonly<Record<string, string>>
  /** URL in `direct_url.json`; null when the distribution came from an index */
  readonly directUrl: string | null
  /** File of the import package, relative to site-packages; null when it is not there or lies elsewhere */
  readonly moduleFile: string | null
  /** Commit ids that the package embeds (`commit_id.py`, `_version.py`), 7 to 40 hexadecimal digits each */
  readonly commitIds: readonly string[]
  /** Files named by the RECORD of the wheel */
  readonly recordedFiles: readonly string[]
  /** Of these, the ones whose content is not the recorded one, or that are missing */
  readonly differingFiles: readonly string[]
}

/** The same as `harness/installed.py` prints it. */
export type PrintedFacts = Omit<Installed['base'], 'wheel_sha256'>

export function factsOf(printed: PrintedFacts): InstalledFacts {
  return {
    version: printed.version,
    packages: printed.packages,
    directUrl: printed.direct_url,
    moduleFile: printed.module_file,
    commitIds: printed.commit_ids,
    recordedFiles: printed.recorded_files,
    differingFiles: printed.differing_files,
  }
}

/** What is to be proven: that this wheel is installed, and that it is this commit. */
export interface Claim {
  readonly commit: string
  readonly rung: InstalledSide['rung']
  readonly name: string
  readonly wheel: {
    readonly location: string
    readonly sha256: string
    readonly name: string
    readonly version: string
  }
}

/** The proof, or one line that says what does not fit, with both values. */
export type Identity = { readonly identity: InstalledSide['identity'] } | { readonly mismatch: string }

/**
 * Proves that what is installed is the commit, by the strongest proof there is: the commit id in the version, the one
 * embedded in the package, the URL of the wheel, or, for a wheel built here from the tree of the commit, its digest;
 * for a release, whose exact version the settings name, that version.
 * Whatever contradicts the claim wins over whatever supports it.
 */
export function identify(claim: Claim, facts: InstalledFacts): Identity {
  const { wheel } = claim
  if (normalizeName(wheel.name) !== normalizeName(claim.name)) {
    return { mismatch: `wanted the distribution ${claim.name}, the wheel says: ${wheel.name}` }
  }
  if (facts.version === null) return { mismatch: `wanted ${claim.name} ${wheel.version}, installed: nothing` }
  if (facts.version !== wheel.version) {
    return { mismatch: `wanted ${claim.name} ${wheel.version}, installed: ${facts.version}` }
  }
  if (facts.directUrl === null || !facts.directUrl.includes(wheel.sha256)) {
    return { mismatch: `wanted the wheel ${wheel.sha256}, direct_url.json says: ${facts.directUrl ?? 'nothing'}` }
  }
  if (facts.moduleFile === null || !facts.recordedFiles.includes(facts.moduleFile)) {
    return {
      mismatch: `wanted the import package of ${claim.name} from its wheel, found: ${facts.moduleFile ?? 'nothing'}`,
    }
  }
  if (facts.differingFiles.length > 0) {
    return {
      mismatch: `wanted the files of the wheel ${wheel.sha256}, different: ${facts.differingFiles.slice(0, 5).join(', ')}`,
    }
  }
  return identifyCommit(claim, facts)
}

function identifyCommit({ commit, rung, wheel }: Claim, facts: InstalledFacts): Identity {
  const inVersion = /\+(?:[a-z0-9]+\.)*g([0-9a-f]{7,40})(?:\.|$)/.exec(wheel.version)?.[1]
  if (inVersion !== undefined) {
    if (commit.startsWith(inVersion)) return { identity: 'version' }
    return { mismatch: `wanted commit ${commit}, the version says: ${wheel.version}` }
  }
  const other = facts.commitIds.find((id) => !commit.startsWith(id))
  if (other !== undefined) return { mismatch: `wanted commit ${commit}, the package says: ${other}` }
  if (facts.commitIds.length > 0) return { identity: 'commit-id' }
  if (rung === 'build') return { identity: 'wheel-digest' }
  if (rung === 'release') return { identity: 'release-version' }
  if (wheel.location.split('/').includes(commit)) return { identity: 'direct-url' }
  return { mismatch: `wanted commit ${commit}, neither version nor package names a commit: ${wheel.version}` }
}
