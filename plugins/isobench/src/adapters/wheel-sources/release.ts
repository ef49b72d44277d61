import { type WantedWheel, fittingLinks, linksOfPage } from '../../domain/commit-wheels.ts'
import { normalizeName, parseWheelName } from '../../domain/wheel-name.ts'
import { absence, ask } from '../http.ts'
import type { CommitToInstall, Located, Probe, ReadWheel, Reader } from './source.ts'

interface Releases<Read extends ReadWheel> extends WantedWheel {
  /** URL of a PEP 503 index */
  readonly index: string
  /** Exact version by full commit hash */
  readonly versions: Readonly<Record<string, string>>
  readonly read: Reader<Read>
}

/**
 * Takes the release that a commit was published as from an index: by its exact version, only as a wheel, and only when
 * its METADATA and the digest that the index announces say the same. No other version ever stands in.
 * @throws IsobenchError `network` when the index gives no answer that says whether the release is there
 */
export async function probeRelease<Read extends ReadWheel>(
  commit: CommitToInstall,
  releases: Releases<Read>,
): Promise<Probe<Located<Read>>> {
  const page = `${releases.index.replace(/\/+$/, '')}/${normalizeName(releases.distribution)}/`
  const version = releases.versions[commit.hash]
  if (version === undefined) return without(page, 'no version is set for this commit')
  const response = await ask(page, 'GET')
  const answer = await absence(response, page)
  if (answer !== null) return without(page, answer)
  const links = fittingLinks(linksOfPage(await response.text()), page, releases)
  const link = links.find(
    (each) => parseWheelName(decodeURIComponent(each.pathname.split('/').at(-1)!))!.version === version,
  )
  if (link === undefined) return without(page, `HTTP 200, no wheel of ${version} for this platform and Python`)
  const announced = /^#sha256=([0-9a-f]{64})$/.exec(link.hash)?.[1]
  link.hash = ''
  const wheel = await releases.read(link.href)
  if (typeof wheel === 'string') return without(link.href, wheel)
  if (wheel.version !== null && wheel.version !== version)
    return without(link.href, `refused: wanted ${version}, METADATA says: ${wheel.version}`)
  if (announced !== undefined && wheel.sha256 !== null && announced !== wheel.sha256) {
    return without(link.href, `refused: wanted sha256 ${announced}, got: ${wheel.sha256}`)
  }
  const attempts = [{ rung: 'release' as const, location: link.href, answer: 'HTTP 200' }]
  return { wheel: { ...wheel, rung: 'release', location: link.href }, attempts, buildFailure: null }
}

function without(location: string, answer: string): Probe<never> {
  return { wheel: null, attempts: [{ rung: 'release', location, answer }], buildFailure: null }
}
