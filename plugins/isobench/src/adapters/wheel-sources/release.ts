import { type WantedWheel, linksOfPage, wheelsOfLinks } from '../../domain/commit-wheels.ts'
import { isOfDay } from '../../domain/released-versions.ts'
import { bestFirst } from '../../domain/wheel-fit.ts'
import { normalizeName, normalizeVersion } from '../../domain/wheel-name.ts'
import { absence, ask, textOf } from '../http.ts'
import type { CommitToInstall, Located, Probe, ReadWheel, Reader } from './source.ts'

interface Releases<Read extends ReadWheel> extends Omit<WantedWheel, 'python'> {
  /** Wanted versions such as `3.11` in the order of preference; undefined: any */
  readonly pythons: readonly (string | undefined)[]
  /** URL of a PEP 503 index */
  readonly index: () => Promise<string>
  /** The exact versions that the commit was released as: one, or none */
  readonly versionsOf: (commit: string) => Promise<readonly string[]>
  /** What the version of a nightly build of this commit has as a part, e.g. `dev20260407`; undefined: there are none */
  readonly partOfDay: string | undefined
  readonly read: Reader<Read>
}

/**
 * Takes the release that a commit was published as from an index: by its exact version, only as a wheel, and only when
 * its METADATA and the digest that the index announces say the same. No other version ever stands in. A nightly build
 * is found by its day; that it is the commit shows only when it is installed (`identify`).
 * @throws IsobenchError `network` when the index gives no answer that says whether the release is there
 */
export async function probeRelease<Read extends ReadWheel>(
  commit: CommitToInstall,
  releases: Releases<Read>,
): Promise<Probe<Located<Read>>> {
  const [exact, ...others] = await releases.versionsOf(commit.hash)
  const { partOfDay } = releases
  if (exact === undefined && partOfDay === undefined) {
    return without(`commit:${commit.hash}`, 'no version is set for this commit')
  }
  if (others.length > 0) return without(`commit:${commit.hash}`, severalVersions('this commit', [exact!, ...others]))
  const page = `${(await releases.index()).replace(/\/+$/, '')}/${normalizeName(releases.distribution)}/`
  const response = await ask(page, 'GET')
  const answer = await absence(response, page)
  if (answer !== null) return without(page, answer)
  const links = linksOfPage(await textOf(response, page))
  const isWanted = (version: string) =>
    exact === undefined ? isOfDay(version, partOfDay!) : normalizeVersion(version) === normalizeVersion(exact)
  const found = releases.pythons.map((python) => wheelsOfLinks(links, page, { ...releases, python }, isWanted))
  const best = found.flatMap(({ fitting }) => fitting.toSorted(bestFirst))[0]
  if (best === undefined) {
    return without(page, found.at(-1)!.objection ?? `HTTP 200, no wheel of ${exact ?? partOfDay}`)
  }
  const versions = new Set(found.flatMap(({ fitting }) => fitting.map((wheel) => wheel.version)))
  if (versions.size > 1) return without(page, severalVersions(exact ?? partOfDay!, [...versions]))
  const { version } = best
  const announced = /^#sha256=([0-9a-f]{64})$/.exec(best.url.hash)?.[1]
  const location = best.url.href.replace(/#.*$/, '')
  const wanted = { distribution: releases.distribution, commit: commit.hash, version }
  const wheel = await releases.read(location, {
    ...wanted,
    ...(announced === undefined ? {} : { sha256: announced }),
  })
  if (typeof wheel === 'string') return without(location, wheel)
  const attempts = [{ rung: 'release' as const, location, answer: 'HTTP 200' }]
  return { wheel: { ...wheel, rung: 'release', location }, attempts, buildFailure: null }
}

function severalVersions(of: string, versions: readonly string[]): string {
  return `more than one version for ${of}: ${versions.join(', ')}`
}

function without(location: string, answer: string): Probe<never> {
  return { wheel: null, attempts: [{ rung: 'release', location, answer }], buildFailure: null }
}
