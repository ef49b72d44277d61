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
  /** File of the import package, relative to site-packages, or that it lies elsewhere; null when it is not there */
  readonly moduleFile: string | null
  /** Version of CUDA that torch was built for, e.g. `12.8`; null when it was built for none, or is not there */
  readonly torchCuda: string | null
  /** Commit ids that the package embeds (`commit_id.py`, `_version.py`, `git_version` in `version.py`), 7 to 40 digits each */
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
    torchCuda: printed.torch_cuda,
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
  /** The commit whose wheel this was before the files of `commit` were written over it; undefined for other wheels */
  readonly ancestor?: string | undefined
  readonly wheel: {
    readonly location: string
    readonly sha256: string
    readonly name: string
    readonly version: string
  }
}

/** The commit id in a version such as `0.6.4.dev2+g98f47f2a4.cu129`, 7 to 40 digits; undefined where it has none. */
export function commitInVersion(version: string): string | undefined {
  return /\+(?:[a-z0-9]+\.)*g([0-9a-f]{7,40})(?:\.|$)/.exec(version)?.[1]
}

/** Whether a version names a day, e.g. `2.12.0.dev20260407+cu128`. */
function isNightly(version: string): boolean {
  return /\.?dev20\d{6}(?:\+|$)/.test(version)
}

/** The proof, or one line that says what does not fit, with both values. */
export type Identity = { readonly identity: InstalledSide['identity'] } | { readonly mismatch: string }

/**
 * Why torch is not built for the back end that the settings name, with both values; null when it is, or when either is
 * not there. Only builds for CUDA and for the CPU can be told apart.
 */
export function torchMismatch(backend: string | null, facts: InstalledFacts): string | null {
  const [, major, minor] = /^cu(\d+)(\d)$/.exec(backend ?? '') ?? []
  if (facts.packages['torch'] === undefined || (major === undefined && backend !== 'cpu')) return null
  const wanted = major === undefined ? null : `${major}.${minor}`
  if (facts.torchCuda === wanted) return null
  return `wanted torch for ${backend}, torch ${facts.packages['torch']} is for CUDA: ${facts.torchCuda ?? 'none'}`
}

/**
 * Proves that what is installed is the commit, by the strongest proof there is: the commit id in the version, the one
 * embedded in the package, the URL of the wheel, or, for a wheel made here from the tree of the commit, its digest;
 * for a release, whose exact version the settings name, that version. A nightly build is no release: its version names a
 * day, so it must embed the commit id.
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

/** Whether a side that was proven when it was installed still is that commit. */
export function identifySide(
  { commit, rung, wheel }: Pick<InstalledSide, 'commit' | 'rung' | 'wheel'>,
  facts: InstalledFacts,
): Identity {
  const name = wheel.filename.split('-')[0]!
  const { location, sha256, version, overlay } = wheel
  return identify(
    { commit, rung, name, wheel: { location, sha256, name, version }, ancestor: overlay?.ancestor },
    facts,
  )
}

function identifyCommit({ commit, rung, wheel, ancestor }: Claim, facts: InstalledFacts): Identity {
  const inVersion = commitInVersion(wheel.version)
  if (inVersion !== undefined && !commit.startsWith(inVersion)) {
    return { mismatch: `wanted commit ${commit}, the version says: ${wheel.version}` }
  }
  if (inVersion !== undefined && rung !== 'ancestor-overlay') return { identity: 'version' }
  // What a build wrote into the wheel of an ancestor stays in it and names the ancestor.
  const isOther = (id: string) => !commit.startsWith(id) && ancestor?.startsWith(id) !== true
  const other = facts.commitIds.find(isOther)
  if (other !== undefined) return { mismatch: `wanted commit ${commit}, the package says: ${other}` }
  if (rung === 'ancestor-overlay') return { identity: 'wheel-digest' }
  if (facts.commitIds.length > 0) return { identity: 'commit-id' }
  if (rung === 'build') return { identity: 'wheel-digest' }
  if (rung === 'release' && !isNightly(wheel.version)) return { identity: 'release-version' }
  if (wheel.location.split('/').includes(commit)) return { identity: 'direct-url' }
  return { mismatch: `wanted commit ${commit}, neither version nor package names a commit: ${wheel.version}` }
}
